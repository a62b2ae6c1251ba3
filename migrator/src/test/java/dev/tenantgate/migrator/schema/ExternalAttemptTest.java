package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ExternalChangelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.foreign.AppliedMigration;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.ForeignTable;
import dev.tenantgate.migrator.foreign.ForeignTool;
import dev.tenantgate.migrator.history.ExternalHistory;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import dev.tenantgate.migrator.testing.ScriptedServer.Reply;
import dev.tenantgate.migrator.testing.ScriptedServer.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An {@link ExternalAttempt}: when the other tool's command is run, under which lease, and what its
 * end comes to. The tool is a shell that writes a version into a file, which is its history.
 */
class ExternalAttemptTest {

  private static final Failure DEADLOCK = new Failure("40P01", "deadlock detected", 0);
  private static final String REGISTRY = "INSERT INTO tenantgate.schema_state";

  @TempDir Path folder;
  private ScriptedSchema schema;
  private RequiredVersion required = new RequiredVersion.UpTo(2);
  private List<String> command = List.of();
  private final List<String> fault = new ArrayList<>();
  private boolean there = true;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema.settings = settings -> external("10s");
    schema.external = (connection, schemas) -> List.of(history());
    command("echo 2 >");
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private MigrationSettings external(String leaseTimeout) {
    try {
      return SettingsReader.readMigrations(
              new SettingsSources(null, Map.of(), Map.of("migrations.lease-timeout", leaseTimeout)))
          .withTool(
              new MigrationTool(
                  MigrationTool.Kind.EXTERNAL,
                  command,
                  Duration.ofSeconds(20),
                  null,
                  MigrationTool.FileFormat.AUTO));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Has the tool do this with its history. */
  private void command(String script) {
    command = List.of("/bin/sh", "-c", script + " " + folder.resolve("history"));
  }

  private void at(String version) {
    try {
      Files.writeString(folder.resolve("history"), version);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SchemaHistory history() {
    if (!there) {
      return new SchemaHistory(ACME, false, false, List.of(), null);
    }
    ForeignTable table =
        new ForeignTable(
            "tenant_acme", "versions", ForeignTool.RAILS, "Rails", Map.of(), null, null);
    try {
      Path file = folder.resolve("history");
      List<AppliedMigration> applied =
          Files.exists(file)
              ? Files.readAllLines(file).stream()
                  .map(line -> new AppliedMigration(line.strip(), null, null, null, null, null))
                  .toList()
              : List.of();
      ForeignHistory found =
          new ForeignHistory(
              table,
              ForeignHistory.Place.OWN,
              applied,
              null,
              "",
              fault.isEmpty() ? null : fault.get(0));
      return SchemaHistory.of(ACME, new ExternalHistory(List.of(found), false, null));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Changelog changelog() throws Exception {
    return ExternalChangelog.read(external("10s"), required).changelog();
  }

  private SchemaRun run(Goal goal) throws Exception {
    return SchemaRun.alone(schema.context(), changelog(), ACME, goal, new Telling(schema.told));
  }

  private SchemaOutcome migrate() throws Exception {
    return ScriptedSchema.outcome(run(new Goal.Up(new Target.Latest())));
  }

  private SchemaOutcome.Failed failing() throws Exception {
    return (SchemaOutcome.Failed) migrate();
  }

  private int leasesGivenBack() {
    return schema.server.sent("UPDATE tenantgate.lease SET holder = NULL").size();
  }

  @Test
  void commandIsRunUnderTheLeaseAndItsEndIsRecorded() throws Exception {
    at("1");

    SchemaOutcome outcome = migrate();

    assertThat(((SchemaOutcome.Migrated) outcome).applied()).containsExactly(new Version(2));
    assertThat(schema.told).containsExactly("started [2]", "finished Migrated");
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).hasSize(1);
    assertThat(leasesGivenBack()).isEqualTo(1);
    assertThat(schema.message(REGISTRY))
        .contains("'tenant_acme', 'acme', NULL, 0, NULL, NULL, 'external ", " 2'");
    await().until(() -> !schema.server.sent("pg_notify").isEmpty());
  }

  @Test
  void commandIsToldTheSchemaAndTheVersion() throws Exception {
    command("echo $TENANTGATE_SCHEMA $TENANTGATE_TENANT $TENANTGATE_REQUIRED; exit 1; true");

    assertThat(failing().error()).isEqualTo("the command ended with 1: tenant_acme acme 2");
  }

  @Test
  void schemaThatIsAsRequiredIsLeftAlone() throws Exception {
    at("2");

    assertThat(migrate()).isEqualTo(new SchemaOutcome.UpToDate(ACME));
    assertThat(schema.server.sent("tenantgate.lease")).isEmpty();
    assertThat(schema.told).containsExactly("finished UpToDate");
  }

  @Test
  void missingSchemaIsTheOutcome() throws Exception {
    there = false;

    assertThat(migrate()).isEqualTo(new SchemaOutcome.NoSuchSchema(ACME));
    assertThat(schema.server.sent("tenantgate.lease")).isEmpty();
  }

  @Test
  void historyThatCantBeGoneByIsRefused() throws Exception {
    fault.add("it has no column of versions");

    assertThat(failing().error()).contains("it has no column of versions");
    assertThat(schema.server.sent("tenantgate.lease")).isEmpty();
  }

  @Test
  void toolWithoutACommandIsLeftToOthers() throws Exception {
    command = List.of();

    assertThat(failing().error()).contains("there is no command for it", "migrations.command");
    assertThat(schema.server.sent("tenantgate.lease")).isEmpty();
  }

  @Test
  void toolTakesItsMigrationsBackItself() throws Exception {
    at("1");
    SchemaOutcome outcome = ScriptedSchema.outcome(run(new Goal.Only(new Version(2))));

    assertThat(((SchemaOutcome.Failed) outcome).error()).contains("another tool migrates");
    assertThat(schema.server.sent("tenantgate.lease")).isEmpty();
  }

  @Test
  void historyIsReadAgainUnderTheLease() throws Exception {
    schema.server.answer(
        "INSERT INTO tenantgate.lease AS l",
        statement -> {
          at("2");
          return null;
        });

    assertThat(migrate()).isEqualTo(new SchemaOutcome.UpToDate(ACME));
    assertThat(schema.told).containsExactly("finished UpToDate");
    assertThat(leasesGivenBack()).isEqualTo(1);
  }

  @Test
  void failedCommandIsTheSchemasFailureAndRecorded() throws Exception {
    command("echo no such table; exit 3; true");

    SchemaOutcome.Failed failed = failing();

    assertThat(failed.error()).isEqualTo("the command ended with 3: no such table");
    assertThat(failed.applied()).isEmpty();
    assertThat(schema.message(REGISTRY)).contains("'the command ended with 3: no such table'");
    assertThat(leasesGivenBack()).isEqualTo(1);
  }

  @Test
  void silentFailureIsToldWithoutAColon() throws Exception {
    command("exit 3; true");

    assertThat(failing().error()).isEqualTo("the command ended with 3");
  }

  @Test
  void failedCommandTellsOfTheMigrationsThatItHasDone() throws Exception {
    required = new RequiredVersion.Names(List.of("1", "2"));
    command("echo 1 >");
    command = List.of("/bin/sh", "-c", command.get(2) + "; exit 4");

    SchemaOutcome.Failed failed = failing();

    assertThat(failed.error()).isEqualTo("the command ended with 4");
    assertThat(failed.applied()).extracting(Version::toString).containsExactly("1");
  }

  @Test
  void commandThatEndsWellAndLeavesSomethingMissingHasFailed() throws Exception {
    required = new RequiredVersion.Names(List.of("1", "2", "3", "4", "5"));
    command("true");

    assertThat(failing().error())
        .isEqualTo("the command ended with 0, but 1, 2, 3, 4, 5 is still missing");
  }

  @Test
  void noMoreThanFiveOfThoseMissingAreListed() throws Exception {
    required = new RequiredVersion.Names(List.of("1", "2", "3", "4", "5", "6", "7"));
    command("echo done; true");

    assertThat(failing().error())
        .isEqualTo("the command ended with 0, but 1, 2, 3, 4, 5 and 2 more is still missing: done");
  }

  @Test
  void commandThatEndsWellAndLeavesAFaultyHistoryHasFailed() throws Exception {
    schema.external =
        (connection, schemas) -> {
          if (Files.exists(folder.resolve("history"))) {
            fault.add("it has no column of versions");
          }
          return List.of(history());
        };

    assertThat(failing().error())
        .startsWith("the command ended with 0, but the history can't be gone by: ")
        .contains("it has no column of versions");
  }

  @Test
  void failureOfACommandThatDroppedTheSchemaIsNotRecorded() throws Exception {
    schema.external =
        (connection, schemas) -> {
          there &= !Files.exists(folder.resolve("history"));
          return List.of(history());
        };

    assertThat(migrate().succeeded()).isFalse();
    assertThat(schema.server.sent(REGISTRY)).isEmpty();
  }

  @Test
  void leaseOfAnotherProcessIsWaitedFor() throws Exception {
    schema.holder = "elsewhere:1:x-y";

    assertThat(migrate()).isEqualTo(new SchemaOutcome.Busy(ACME, "elsewhere:1:x-y"));
    assertThat(schema.server.sent("UPDATE tenantgate.lease SET expires_at")).isEmpty();
    assertThat(leasesGivenBack()).isZero();
  }

  @Test
  void leaseOfAProcessThatIsGoneExpires() throws Exception {
    schema.holder = ProcessName.of(Integer.MAX_VALUE);
    schema.leaseWait = Duration.ofSeconds(20);
    schema.server.answer(
        "UPDATE tenantgate.lease SET expires_at",
        statement -> {
          schema.holder = null;
          return null;
        });

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
  }

  @Test
  void leaseThatWasJustGivenBackIsAnothersAllTheSame() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    schema.server.answer(
        "INSERT INTO tenantgate.lease AS l",
        statement -> {
          asked.incrementAndGet();
          return new Rows(List.of("c1"), List.of());
        });
    schema.server.rows("SELECT holder", List.of());

    assertThat(migrate()).isEqualTo(new SchemaOutcome.Busy(ACME, "another process"));
    assertThat(asked.get()).isGreaterThan(1);
  }

  @Test
  void gatewaysDrainBeforeTheCommandIsRun() throws Exception {
    at("1");
    schema.server.row("FROM tenantgate.gateway", "gate-1", "host", "t");
    schema.server.answer(
        "FROM tenantgate.drain_ack WHERE (schema_name", ExternalAttemptTest::quiet);

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.told)
        .containsExactly("draining", "drained Quiet", "started [2]", "finished Migrated");
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).hasSize(1);
    assertThat(leasesGivenBack()).isEqualTo(1);
  }

  private static @Nullable Reply quiet(String statement) {
    return statement.strip().startsWith("SELECT")
        ? new Rows(
            List.of("c1", "c2", "c3", "c4", "c5"),
            List.of(Arrays.asList("tenant_acme", "11", "gate-1", "t", null)))
        : null;
  }

  @Test
  void cancelledRunEndsItsCommand() throws Exception {
    command("echo 1 >");
    command = List.of("/bin/sh", "-c", command.get(2) + "; sleep 60");
    SchemaRun run = run(new Goal.Up(new Target.Latest()));
    run.start();
    await().until(() -> Files.exists(folder.resolve("history")));

    run.cancel();

    assertThat(run.result().get(20, TimeUnit.SECONDS)).isEqualTo(new SchemaOutcome.Cancelled(ACME));
    assertThat(schema.server.sent(REGISTRY)).isEmpty();
    await().until(() -> leasesGivenBack() == 1);
  }

  @Test
  void commandWhoseLeaseIsAnothersByNowIsEnded() throws Exception {
    schema.settings = settings -> external("200ms");
    command = List.of("sleep", "60");
    schema.server.rows("SELECT 1 FROM tenantgate.lease", List.of());

    assertThat(migrate()).isEqualTo(new SchemaOutcome.Busy(ACME, "another process"));
    assertThat(schema.server.sent(REGISTRY)).isEmpty();
  }

  @Test
  void commandGoesOnWhileTheLeaseCantBeLookedAt() throws Exception {
    schema.settings = settings -> external("100ms");
    AtomicInteger looks = new AtomicInteger();
    command =
        List.of(
            "/bin/sh",
            "-c",
            "until [ -e %1$s/looked ]; do sleep 0.02; done; echo 2 > %1$s/history"
                .formatted(folder));
    schema.server.answer(
        "SELECT 1 FROM tenantgate.lease",
        statement -> {
          if (looks.incrementAndGet() == 2) {
            schema.files.with("looked", "");
          }
          return new Failure("57P01", "terminating connection", 0);
        });

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(looks.get()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void deadlockIsTriedAgain() throws Exception {
    schema.server.once("INSERT INTO tenantgate.lease AS l", DEADLOCK);

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.told).containsExactly("retrying 1 40P01", "started [2]", "finished Migrated");
  }

  @Test
  void lostConnectionIsReplaced() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    schema.external =
        (connection, schemas) -> {
          if (reads.incrementAndGet() == 1) {
            connection.close();
            throw new SQLException("the connection is gone", "08006");
          }
          return List.of(history());
        };

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.told).contains("retrying 1 08006", "finished Migrated");
  }

  @Test
  void errorOfAStatementIsTheOutcome() throws Exception {
    schema.server.fail("INSERT INTO tenantgate.lease AS l", "42501", "permission denied");

    SchemaOutcome.Failed failed = failing();

    assertThat(failed.sqlState()).isEqualTo("42501");
    assertThat(failed.error()).contains("permission denied");
  }

  @Test
  void timeoutOfAStatementIsTheOutcomeUnlessTheRunWasCancelled() throws Exception {
    schema.server.fail("INSERT INTO tenantgate.lease AS l", "57014", "statement timeout");
    assertThat(failing().sqlState()).isEqualTo("57014");

    SchemaRun run = run(new Goal.Up(new Target.Latest()));
    schema.server.answer(
        "INSERT INTO tenantgate.lease AS l",
        statement -> {
          run.control().cancel();
          return new Failure("57014", "canceling statement due to user request", 0);
        });
    assertThat(ScriptedSchema.outcome(run)).isEqualTo(new SchemaOutcome.Cancelled(ACME));
  }

  @Test
  void leaseThatIsTakenOverIsLookedAtAgain() throws Exception {
    schema.server.fail("INSERT INTO tenantgate.lease AS l", "TG001", "taken over");

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).hasSize(2);
  }

  @Test
  void connectionIsUsedAgainForTheNextSchema() throws Exception {
    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    schema.server.forgetSent();

    assertThat(migrate()).isEqualTo(new SchemaOutcome.UpToDate(ACME));
    assertThat(schema.server.sent("pg_backend_pid(), ")).isEmpty();
  }
}

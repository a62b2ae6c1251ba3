package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static dev.tenantgate.migrator.schema.ScriptedSchema.outcome;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Checkpoint;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.ScriptedServer.Drop;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import dev.tenantgate.migrator.testing.ScriptedServer.Reply;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A {@link SchemaRun} over several tries: what its outcome says of all of them together. */
class SchemaRunEndTest {

  private static final String RELEASE = "UPDATE tenantgate.lease SET holder = NULL";

  @TempDir Path folder;
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema.with("001_a.sql", "CREATE TABLE a (id int); SET search_path = public;");
    schema.with("002_b.sql", "CREATE TABLE b ();");
  }

  @AfterEach
  void close() {
    schema.close();
  }

  static Stream<Reply> ends() {
    return Stream.of(
        new Failure("40P01", "deadlock detected", 0),
        new Failure("TG001", "taken over", 0),
        new Drop());
  }

  @ParameterizedTest
  @MethodSource("ends")
  void migrationsOfATryThatEndedEarlyAreInTheOutcome(Reply end) throws Exception {
    schema.server.row("pg_postmaster_start_time", "0");
    schema.server.once("CREATE TABLE b", end);

    SchemaOutcome.Migrated migrated = (SchemaOutcome.Migrated) schema.migrate();

    assertThat(migrated.applied()).containsExactly(new Version(1), new Version(2));
    assertThat(schema.told.get(schema.told.size() - 2)).isEqualTo("started [2]");
  }

  private void withGateway() {
    schema.server.row("FROM tenantgate.gateway", "gate-1", "host", "t");
  }

  @Test
  void drainThatBreaksOffEndsTheRunAndGivesTheLeaseBack() throws Exception {
    withGateway();
    schema.server.always(
        "FROM tenantgate.drain_ack WHERE (schema_name",
        new Failure("42501", "permission denied", 0));

    SchemaOutcome.Unreachable ended = (SchemaOutcome.Unreachable) schema.migrate();

    assertThat(ended.error()).contains("permission denied");
    assertThat(schema.told).containsExactly("draining", "drained Broken", "finished Unreachable");
    assertThat(schema.server.sent(RELEASE)).hasSize(1);
  }

  @Test
  void runThatIsCancelledWhileItDrainsGivesTheLeaseBack() throws Exception {
    withGateway();
    SchemaRun run = schema.run();
    run.start();
    await().until(() -> !schema.server.sent("INSERT INTO tenantgate.drain AS d").isEmpty());

    run.cancel();

    assertThat(run.result().get(20, TimeUnit.SECONDS)).isEqualTo(new SchemaOutcome.Cancelled(ACME));
    assertThat(schema.told).containsExactly("draining", "drained Withdrawn", "finished Cancelled");
    assertThat(schema.server.sent(RELEASE)).hasSize(1);
    assertThat(schema.server.sent("CREATE TABLE a")).isEmpty();
  }

  @Test
  void errorOfOurOwnIsTheOutcome() throws Exception {
    schema.tableThere = false;
    schema.checkpoints =
        (asked, session) -> {
          throw new IllegalStateException("nobody thought of it");
        };
    Changelog changelog = schema.files.changelog();
    Checkpoint checkpoint =
        new Checkpoint.Template(new Version(1), changelog.of(ACME), "template", "history");

    SchemaOutcome outcome =
        outcome(
            SchemaRun.alone(
                schema.context(),
                changelog.withCheckpoint(checkpoint),
                ACME,
                new Goal.Up(new Target.Latest()),
                new Telling(schema.told)));

    assertThat(((SchemaOutcome.Failed) outcome).error())
        .isEqualTo("unexpected: java.lang.IllegalStateException: nobody thought of it");
    assertThat(schema.told).containsExactly("finished Failed");
  }
}

package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Goal;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An {@link ExternalAttempt}: when the other tool's command is run, and what its end comes to. */
class ExternalAttemptTest extends ExternalGround {

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
}

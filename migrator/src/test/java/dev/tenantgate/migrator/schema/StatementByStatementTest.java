package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.session.SchemaOwner;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link StatementByStatement}: steps whose statements are committed one by one. */
class StatementByStatementTest {

  private static final String INDEX = "CREATE INDEX CONCURRENTLY i ON a (id);";

  @TempDir Path folder;
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema.with("001_i.sql", INDEX);
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private int placeOf(String part) {
    List<String> sent = schema.server.sent();
    for (int i = 0; i < sent.size(); i++) {
      if (sent.get(i).contains(part)) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void progressIsRecordedBeforeAndBehindTheStatement() throws Exception {
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(placeOf("'applying', '[0 of 1 statements are done"))
        .isPositive()
        .isLessThan(placeOf("SET search_path = \"tenant_acme\""));
    assertThat(placeOf("SET search_path = \"tenant_acme\"")).isLessThan(placeOf("CONCURRENTLY i"));
    assertThat(schema.message("CREATE INDEX CONCURRENTLY i"))
        .isEqualTo("CREATE INDEX CONCURRENTLY i ON a (id)");
    assertThat(schema.message("record_step("))
        .containsSubsequence(
            "SET LOCAL SESSION AUTHORIZATION DEFAULT",
            "SET LOCAL role TO DEFAULT",
            "DELETE FROM \"tenant_acme\".schema_migrations WHERE version = 1",
            "record_step('tenant_acme', 1, 'i', 'up'",
            "record_state('tenant_acme', 'acme', 1, 1",
            "confirm_lease(",
            ", NULL, 'TG001')",
            "COMMIT");
    assertThat(schema.history.get(1L)).contains("success");
  }

  @Test
  void timeoutsOfTheOwnPhaseHoldForTheStatementAlone() throws Exception {
    schema.settings =
        settings ->
            settings.with(
                new ExecutionSettings(
                    ExecutionSettings.Strategy.POSTGRESQL,
                    1,
                    Duration.ofSeconds(7),
                    Duration.ofSeconds(9)));
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    List<String> sent = schema.server.sent();
    int index = placeOf("CREATE INDEX CONCURRENTLY i");
    assertThat(sent.subList(0, index))
        .contains("SET lock_timeout TO 7000", "SET statement_timeout TO 9000");
    assertThat(sent.subList(index, sent.size()))
        .contains("SET lock_timeout TO 500", "SET statement_timeout TO DEFAULT");
  }

  @Test
  void timeoutsOfTheFileHoldForItsStatements() throws Exception {
    schema.with("001_i.sql", "-- tenantgate: lock-timeout=3s statement-timeout=4s\n" + INDEX);
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("SET lock_timeout TO")).containsOnly("SET lock_timeout TO 3000");
    assertThat(schema.server.sent("SET statement_timeout TO"))
        .containsOnly("SET statement_timeout TO 4000");
  }

  @Test
  void statementsThatCanShareATransactionDoSoWithTheRecord() throws Exception {
    schema.with(
        "001_i.sql",
        "-- tenantgate: no-transaction lock-timeout=3s statement-timeout=4s\n"
            + "INSERT INTO a VALUES (1);\nUPDATE a SET id = 2;");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("INSERT INTO a"))
        .containsSubsequence(
            "BEGIN",
            "SET LOCAL search_path = \"tenant_acme\"",
            "SET LOCAL lock_timeout = 3000",
            "SET LOCAL statement_timeout = 4000",
            "INSERT INTO a VALUES (1)",
            "SET LOCAL search_path = pg_catalog, pg_temp",
            "'applying', '[1 of 2 statements are done",
            "COMMIT")
        .doesNotContain("UPDATE a");
    assertThat(schema.message("UPDATE a SET"))
        .contains("'success'", "confirm_lease", "COMMIT")
        .doesNotContain("'applying'");
  }

  @Test
  void statementThatIsRefusedInATransactionIsSentByItself() throws Exception {
    schema.with("001_i.sql", "-- tenantgate: no-transaction\nREINDEX TABLE a;");
    schema.server.fail("REINDEX TABLE a", "25001", "cannot run inside a transaction block");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("REINDEX TABLE a")).hasSize(2);
    assertThat(schema.server.sent("REINDEX TABLE a").get(1).strip()).isEqualTo("REINDEX TABLE a");
    assertThat(schema.server.sent("SET lock_timeout TO 30000")).isNotEmpty();
  }

  @Test
  void failureIsRecordedWithLineAndProgress() throws Exception {
    schema.with(
        "001_i.sql",
        "-- tenantgate: no-transaction\nINSERT INTO a VALUES (1);\nINSERT INTO b\n VALUES (2);");
    schema.server.always("INSERT INTO b", new Failure("42P01", "no such table", 0));

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.sqlState()).isEqualTo("42P01");
    assertThat(failed.error())
        .contains("001_i.sql:3:", "no such table", "(1 of its 2 statements are done)");
    assertThat(Objects.requireNonNull(failed.migration()).version()).isEqualTo(new Version(1));
    assertThat(schema.history.get(1L)).contains("failed");
    assertThat(Objects.requireNonNull(schema.history.get(1L)).get(6))
        .contains("[1 of 2 statements are done");
    assertThat(schema.message("'failed'"))
        .contains("INSERT INTO tenantgate.schema_state", "INSERT INTO tenantgate.journal");
  }

  @Test
  void failedRunGoesOnBehindTheStatementsThatAreDone() throws Exception {
    schema.with(
        "001_i.sql",
        "-- tenantgate: no-transaction\nINSERT INTO a VALUES (1);\nINSERT INTO b VALUES (2);");
    schema.server.fail("INSERT INTO b", "42P01", "no such table");
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Failed.class);
    schema.server.forgetSent();

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("INSERT INTO a VALUES")).isEmpty();
    assertThat(schema.server.sent("INSERT INTO b VALUES")).hasSize(1);
  }

  @Test
  void statementsThatAreDoneMayNotBeChanged() throws Exception {
    schema.with(
        "001_i.sql",
        "-- tenantgate: no-transaction\nINSERT INTO a VALUES (1);\nINSERT INTO b VALUES (2);");
    schema.server.fail("INSERT INTO b", "42P01", "no such table");
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Failed.class);
    schema.with(
        "001_i.sql",
        "-- tenantgate: no-transaction\nINSERT INTO a VALUES (7);\nINSERT INTO b VALUES (2);");

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.error()).contains("1 of the statements", "done already");
  }

  @Test
  void settingsAreSentAgainByTheRunThatGoesOn() throws Exception {
    schema.with(
        "001_i.sql",
        "-- tenantgate: no-transaction\nSET lock_timeout = 77;\nINSERT INTO a VALUES (1);\n"
            + "REINDEX TABLE CONCURRENTLY a;");
    schema.server.fail("REINDEX TABLE CONCURRENTLY", "53000", "no room");
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Failed.class);
    schema.server.forgetSent();

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("SET lock_timeout = 77")).hasSize(1);
    assertThat(schema.server.sent("SET lock_timeout TO 30000")).isEmpty();
    assertThat(schema.server.sent("INSERT INTO a VALUES")).isEmpty();
  }

  @Test
  void wayBackIsRecordedAsReverting() throws Exception {
    schema.with(
        "001_i.sql",
        "-- UP MIGRATION\n" + INDEX + "\n-- DOWN MIGRATION\nDROP INDEX CONCURRENTLY i;");
    schema.applied(1);

    SchemaOutcome outcome = ScriptedSchema.outcome(schema.run(new Goal.Down(null)));

    assertThat(outcome).isInstanceOf(SchemaOutcome.RolledBack.class);
    assertThat(schema.message("status = 'reverting'"))
        .contains("record_state('tenant_acme', 'acme', NULL, 0");
    assertThat(schema.server.sent("DROP INDEX CONCURRENTLY i")).hasSize(1);
    assertThat(schema.history).isEmpty();
  }

  @Test
  void failureOnTheWayBackKeepsTheMigration() throws Exception {
    schema.with(
        "001_i.sql",
        "-- UP MIGRATION\n" + INDEX + "\n-- DOWN MIGRATION\nDROP INDEX CONCURRENTLY i;");
    schema.applied(1);
    schema.server.fail("DROP INDEX CONCURRENTLY i", "42501", "not yours");

    SchemaOutcome.Failed failed =
        (SchemaOutcome.Failed) ScriptedSchema.outcome(schema.run(new Goal.Down(null)));

    assertThat(failed.error()).contains("taking", "back failed", "not yours");
    assertThat(schema.history.get(1L)).contains("success");
  }

  @Test
  void steppedServerCommitsEachStatementAndRecordsInTheEnd() throws Exception {
    schema.settings = settings -> schema.files.steppedSettings();
    schema.tableThere = false;
    schema.with("001_i.sql", "CREATE TABLE a (id int); INSERT INTO a VALUES (1);");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("CREATE TABLE a (id int)").strip())
        .isEqualTo("CREATE TABLE a (id int)");
    assertThat(schema.message("INSERT INTO a VALUES"))
        .contains("WITH held AS (UPDATE tenantgate.lease", "'success'", "COMMIT")
        .doesNotContain("SESSION AUTHORIZATION");
    assertThat(placeOf("CREATE TABLE IF NOT EXISTS \"tenant_acme\".schema_migrations"))
        .isLessThan(placeOf("CREATE TABLE a (id int)"));
  }

  @Test
  void halfAppliedStatementOfASteppedServerStaysUntilItIsRepaired() throws Exception {
    schema.settings = settings -> schema.files.steppedSettings();
    schema.recorded(
        1, "failed", "broken (SQLSTATE XXA00) [0 of 1 statements are done, 0000000000000000]");

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.error())
        .contains("migration 1 (i) was half applied by the server: broken", "`migrate repair`");
    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY")).isEmpty();
  }

  @Test
  void connectionThatAPoolerSharesIsRefused() throws Exception {
    schema.server.row("pg_catalog.pg_backend_pid(), ", "1", "ISO, MDY");
    schema.server.row("SELECT pg_catalog.pg_backend_pid()", "1", "ISO, MDY");

    SchemaOutcome outcome = schema.migrate();

    assertThat(outcome).isInstanceOf(SchemaOutcome.Failed.class);
    assertThat(((SchemaOutcome.Failed) outcome).sqlState()).isEqualTo("0A000");
  }

  @Test
  void lostLeaseEndsTheStep() throws Exception {
    schema.leaseLost = true;

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Busy.class);
    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY i")).isEmpty();
    assertThat(schema.history).isEmpty();
  }

  @Test
  void failureOfAStatementThatIsSentAloneHasTheServersLine() throws Exception {
    schema.with("001_i.sql", "\nCREATE INDEX CONCURRENTLY i\n  ON a\n  (nothing);");
    String sent = "CREATE INDEX CONCURRENTLY i\n  ON a\n  (nothing)";
    schema.server.once(
        "CREATE INDEX CONCURRENTLY i",
        new Failure("42703", "no such column", sent.indexOf("nothing") + 1));

    assertThat(((SchemaOutcome.Failed) schema.migrate()).error()).contains("001_i.sql:4:");
  }

  @Test
  void failureAtTheFirstCharacterIsOnTheFirstLine() throws Exception {
    schema.with("001_i.sql", "\nCREATE INDEX CONCURRENTLY i\n  ON a (id);");
    schema.server.once("CREATE INDEX CONCURRENTLY i", new Failure("42501", "not yours", 1));

    assertThat(((SchemaOutcome.Failed) schema.migrate()).error()).contains("001_i.sql:2:");
  }

  @Test
  void failedStatementLeavesTheSessionItsOwnTimeouts() throws Exception {
    schema.server.once("CREATE INDEX CONCURRENTLY i", new Failure("42501", "not yours", 0));

    assertThat(schema.migrate().succeeded()).isFalse();

    assertThat(schema.server.sent("SET lock_timeout TO"))
        .containsExactly(
            "SET lock_timeout TO 500",
            "SET lock_timeout TO 30000",
            "SET lock_timeout TO 500",
            "SET lock_timeout TO 500"); // before what it left is looked for
  }

  @Test
  void ownersRoleIsTakenForTheStatementAlone() throws Exception {
    schema.server.once("CREATE INDEX CONCURRENTLY i", new Failure("42501", "not yours", 0));

    assertThat(schema.migrate().succeeded()).isFalse();

    int index = placeOf("CREATE INDEX CONCURRENTLY i");
    List<String> sent = schema.server.sent();
    assertThat(sent.subList(0, index))
        .anyMatch(message -> message.contains("set_config('role'") && message.contains("nspowner"));
    assertThat(sent.get(index + 1)).isEqualTo(SchemaOwner.GIVE_BACK);
  }

  @Test
  void settingIsMadeByTheRoleOfTheConnection() throws Exception {
    schema.with("001_i.sql", "-- tenantgate: no-transaction\nSET work_mem = '8MB';");

    assertThat(schema.migrate().succeeded()).isTrue();

    assertThat(schema.server.sent("set_config('role'")).isEmpty();
  }
}

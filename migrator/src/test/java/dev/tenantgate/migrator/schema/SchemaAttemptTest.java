package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.DrainSettings;
import dev.tenantgate.migrator.history.SchemaContents;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A {@link SchemaAttempt}: reading, the lease ({@link LeasedSchema}), the order of the steps by
 * {@link StepRules} and in a {@link SharedTransaction}, the {@link SchemaDrain} before them, and
 * the ends that no step is at fault for.
 */
class SchemaAttemptTest {

  @TempDir Path folder;
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema.with("001_a.sql", "CREATE TABLE a (id int);").with("002_b.sql", "CREATE TABLE b ();");
  }

  @AfterEach
  void close() {
    schema.close();
  }

  @Test
  void historyIsReadUnderTheLeaseInOneMessage() throws Exception {
    schema.applied(1);

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("INSERT INTO tenantgate.lease"))
        .contains("SELECT version, name", "row_security = off");
    assertThat(schema.server.sent("CREATE TABLE IF NOT EXISTS \"tenant_acme\"")).isEmpty();
  }

  @Test
  void schemaWithoutATableGetsOneInTheTransaction() throws Exception {
    schema.tableThere = false;

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("INSERT INTO tenantgate.lease")).doesNotContain("SELECT version");
    assertThat(schema.message("CREATE TABLE a"))
        .containsSubsequence(
            "BEGIN",
            "CREATE TABLE IF NOT EXISTS \"tenant_acme\".schema_migrations",
            "CREATE TABLE a",
            "tenantgate.record_step('tenant_acme', 1",
            "CREATE TABLE b",
            "tenantgate.record_step('tenant_acme', 2",
            "tenantgate.record_state('tenant_acme', 'acme', 2, 2",
            "tenantgate.confirm_lease('tenant_acme'",
            "COMMIT");
  }

  @Test
  void emptySchemaIsLookedAtOnceMoreInTheTransaction() throws Exception {
    schema.tableThere = false;
    schema.server.fail(
        "SELECT n.nspname INTO filled", "TG004", "schema tenant_acme " + SchemaContents.NOT_EMPTY);

    assertThat(schema.migrate().succeeded()).isTrue();
    assertThat(schema.told)
        .containsExactly("started [1, 2]", "started [1, 2]", "finished Migrated");
  }

  @Test
  void missingSchemaIsTheOutcome() throws Exception {
    schema.schemaThere = false;

    assertThat(schema.migrate()).isEqualTo(new SchemaOutcome.NoSuchSchema(ACME));
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease")).isEmpty();
  }

  @Test
  void schemaWithTablesAndNoHistoryIsLeftAlone() throws Exception {
    schema.tableThere = false;
    schema.server.row("row_number() OVER", "tenant_acme", "table", "1", "orders");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Unmanaged.class);
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease")).isEmpty();
  }

  @Test
  void changedMigrationIsRefused() throws Exception {
    schema.applied(1);
    schema.with("001_a.sql", "CREATE TABLE other ();");

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.migration()).isNull();
    assertThat(failed.sqlState()).isNull();
    assertThat(failed.error()).contains("001");
    assertThat(schema.server.sent("CREATE TABLE b")).isEmpty();
  }

  @Test
  void droppedRegistryIsMadeAgain() throws Exception {
    assertThat(schema.migrate().succeeded()).isTrue();
    schema.with("003_c.sql", "CREATE TABLE c ();");
    schema.server.fail("INSERT INTO tenantgate.lease AS l", "42P01", "relation doesn't exist");
    schema.server.forgetSent();

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).hasSize(2);
    assertThat(schema.server.sent("wanted.table_name").size()).isGreaterThanOrEqualTo(1);
  }

  @Test
  void otherErrorAtTheLeaseIsTheOutcome() throws Exception {
    schema.server.fail("INSERT INTO tenantgate.lease AS l", "42501", "permission denied");

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.sqlState()).isEqualTo("42501");
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).hasSize(1);
  }

  @Test
  void statementTimeoutOutsideOfAMigrationIsTheOutcome() throws Exception {
    schema.server.fail("INSERT INTO tenantgate.lease AS l", "57014", "statement timeout");

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.sqlState()).isEqualTo("57014");
  }

  @Test
  void migrationThatTouchesItsSessionEndsItsTransaction() throws Exception {
    schema.with("001_a.sql", "SET search_path = public; SELECT 1;");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("SET search_path = public"))
        .contains("RESET ALL", "DISCARD TEMP")
        .doesNotContain("CREATE TABLE b");
  }

  @Test
  void migrationThatLeavesAProcessUnfitIsFollowedByAnotherConnection() throws Exception {
    schema.with("001_a.sql", "SET app.tenant = 'x';");

    SchemaOutcome outcome = schema.migrate();

    assertThat(((SchemaOutcome.Migrated) outcome).applied()).hasSize(2);
    assertThat(schema.told).containsExactly("started [1, 2]", "started [2]", "finished Migrated");
  }

  @Test
  void aheadOfAFleetIsOneMessage() throws Exception {
    schema.applied(1);
    SchemaRun run = schema.ahead(7);

    assertThat(ScriptedSchema.outcome(run)).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("CREATE TABLE b"))
        .containsSubsequence(
            "tenantgate.take_lease('tenant_acme'",
            ", 7, 'TG002')",
            "COMMIT",
            "BEGIN",
            "CREATE TABLE b",
            "tenantgate.confirm_lease('tenant_acme'",
            ", 8, NULL, 'TG001')",
            "COMMIT");
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).isEmpty();
    assertThat(schema.told).containsExactly("started [2]", "finished Migrated");
    assertThat(schema.history.keySet()).containsExactly(1L, 2L);
  }

  @Test
  void aheadOfALeaseThatIsNotAsSeenIsLookedAtAnew() throws Exception {
    schema.applied(1);
    schema.server.fail("tenantgate.take_lease", "TG002", "the lease isn't as it was");

    assertThat(ScriptedSchema.outcome(schema.ahead(7))).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).hasSize(1);
    assertThat(schema.told).containsExactly("started [2]", "started [2]", "finished Migrated");
  }

  @Test
  void failureAheadIsRecordedUnderTheLease() throws Exception {
    schema.applied(1);
    schema.server.fail("CREATE TABLE b", "42601", "syntax error");
    schema.server.row("SELECT 1 FROM tenantgate.lease", "1");

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) ScriptedSchema.outcome(schema.ahead(7));

    assertThat(failed.sqlState()).isEqualTo("42601");
    assertThat(schema.history.get(2L)).contains("failed");
  }

  @Test
  void aheadIsNotTakenWithoutFunctionsOrByItself() throws Exception {
    schema.applied(1);
    schema.server.rows("AND p.proname = ", List.of());
    schema.server.always("CREATE FUNCTION", new Failure("42501", "permission denied", 0));

    assertThat(ScriptedSchema.outcome(schema.ahead(7))).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("take_lease('")).isEmpty();
    assertThat(schema.message("CREATE TABLE b"))
        .contains("WITH held AS", "INSERT INTO tenantgate.journal")
        .doesNotContain("tenantgate.record_step(");
  }

  @Test
  void aheadOfAStepOfItsOwnPhaseIsLookedAtFirst() throws Exception {
    schema.applied(1).with("002_b.sql", "CREATE INDEX CONCURRENTLY i ON a (id);");

    assertThat(ScriptedSchema.outcome(schema.ahead(7))).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("take_lease('")).isEmpty();
  }

  @Test
  void schemaIsDrainedBeforeItIsTouchedWhereGatewaysAre() throws Exception {
    schema.applied(1).server.row("FROM tenantgate.gateway", "gate-1", "host", "t");
    schema.server.answer("FROM tenantgate.drain_ack WHERE (schema_name", ScriptedSchema::drained);

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.told)
        .containsExactly("draining", "drained Quiet", "started [2]", "finished Migrated");
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).hasSize(1);
    assertThat(schema.server.sent("INSERT INTO tenantgate.drain")).isNotEmpty();
  }

  @Test
  void drainInVainPutsTheMigrationOff() throws Exception {
    schema.applied(1).server.row("FROM tenantgate.gateway", "gate-1", "host", "t");
    schema.settings =
        settings ->
            settings.withDrain(
                new DrainSettings(Duration.ofMillis(20), DrainSettings.AfterTimeout.POSTPONE));

    SchemaOutcome outcome = schema.migrate();

    assertThat(outcome).isInstanceOf(SchemaOutcome.PutOff.class);
    assertThat(schema.told)
        .containsExactly(
            "draining",
            "drained TimedOut",
            "draining",
            "drained TimedOut",
            "draining",
            "drained TimedOut",
            "finished PutOff");
    assertThat(schema.server.sent("CREATE TABLE b")).isEmpty();
    assertThat(schema.server.sent("UPDATE tenantgate.lease SET holder = NULL")).hasSize(3);
  }

  @Test
  void onlineMigrationIsNotDrainedFor() throws Exception {
    schema.applied(1).with("002_b.sql", "-- tenantgate: online\nCREATE TABLE b ();");
    schema.server.row("FROM tenantgate.gateway", "gate-1", "host", "t");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.told).containsExactly("started [2]", "finished Migrated");
  }

  @Test
  void migrationBehindOneOfItsOwnPhaseIsDrainedForInThatPhase() throws Exception {
    schema.applied(1).with("002_b.sql", "CREATE INDEX CONCURRENTLY i ON a (id);");
    schema.with("003_c.sql", "CREATE TABLE c ();");
    schema.server.row("FROM tenantgate.gateway", "gate-1", "host", "t");
    schema.server.answer(
        "FROM tenantgate.drain_ack WHERE (schema_name",
        statement -> ScriptedSchema.drained(statement, 12));

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.told)
        .containsExactly(
            "started [2, 3]", "draining", "drained Quiet", "started [2, 3]", "finished Migrated");
  }
}

package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.SchemaContents;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.testing.ScriptedServer.Drop;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import dev.tenantgate.migrator.testing.ScriptedServer.Fatal;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A {@link LeasedSchema}: which errors end a try and which are a migration's failure, what is
 * recorded of that, and when the lease is given back.
 */
class LeasedSchemaTest {

  private static final String HELD = "SELECT 1 FROM tenantgate.lease";
  private static final String RELEASE = "UPDATE tenantgate.lease SET holder = NULL";
  private static final String TABLE =
      "CREATE TABLE IF NOT EXISTS \"tenant_acme\".schema_migrations";
  private static final String LOOK_INSIDE = "SELECT n.nspname INTO filled";
  private static final String DOWN =
      "-- UP MIGRATION\nCREATE TABLE b ();\n-- DOWN MIGRATION\nDROP TABLE b;";
  private static final Failure WRONG = new Failure("42P07", "it is there already", 0);

  @TempDir Path folder;
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema.with("001_a.sql", "CREATE TABLE a ();").with("002_b.sql", "CREATE TABLE b ();");
    schema.applied(1);
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private SchemaOutcome.Failed failed() throws Exception {
    return (SchemaOutcome.Failed) schema.migrate();
  }

  private List<String> releases() {
    return schema.server.sent(RELEASE);
  }

  // Which errors are a migration's.

  @Test
  void migrationThatRaisesTheStateOfALostLeaseHasFailed() throws Exception {
    schema.server.row(HELD, "1");
    schema.server.always("CREATE TABLE b", new Failure("TG001", "one of my own", 0));

    SchemaOutcome.Failed failed = failed();

    assertThat(failed.sqlState()).isEqualTo("TG001");
    assertThat(failed.error()).contains("one of my own");
    assertThat(schema.history.get(2L)).contains("failed");
    assertThat(schema.message(HELD)).contains("'tenant_acme' AND token = 11");
  }

  @Test
  void failedTransactionIsEndedBeforeTheLeaseIsAskedFor() throws Exception {
    schema.server.row(HELD, "1");
    schema.server.always("CREATE TABLE b", new Failure("TG001", "one of my own", 0));

    assertThat(schema.migrate().succeeded()).isFalse();

    List<String> sent = schema.server.sent();
    int asked = sent.indexOf(schema.message(HELD));
    assertThat(sent.get(asked - 1)).isEqualTo("ROLLBACK");
    assertThat(sent.get(asked - 2)).contains("CREATE TABLE b");
  }

  @Test
  void leaseThatIsGoneEndsTheTry() throws Exception {
    schema.server.once("CREATE TABLE b", new Failure("TG001", "taken over", 0));

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.told).containsExactly("started [2]", "started [2]", "finished Migrated");
    assertThat(schema.server.sent(HELD)).hasSize(1);
    assertThat(schema.server.sent("'failed'")).isEmpty();
  }

  @Test
  void leaseThatCantBeAskedForCountsAsGone() throws Exception {
    schema.server.once("CREATE TABLE b", new Failure("TG001", "taken over", 0));
    schema.server.fail(HELD, "42501", "permission denied");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.told).containsExactly("started [2]", "started [2]", "finished Migrated");
  }

  @Test
  void confirmationThatFailsNeedsNoSecondLook() throws Exception {
    schema.leaseLost = true;
    schema.server.row(HELD, "1");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Busy.class);

    assertThat(schema.server.sent(HELD)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"57014", "TG004", "08006", "57P01", "42601"})
  void errorThatTheConnectionSurvivesIsTheMigrations(String state) throws Exception {
    schema.server.always("CREATE TABLE b", new Failure(state, "one of my own", 0));

    assertThat(failed().sqlState()).isEqualTo(state);
    assertThat(schema.history.get(2L)).contains("failed");
    assertThat(schema.server.sent("CREATE TABLE b")).hasSize(1);
  }

  @Test
  void wordsOfAFilledSchemaAreTheMigrationsWhereItHasAHistory() throws Exception {
    schema.server.always(
        "CREATE TABLE b", new Failure("TG004", "the glass " + SchemaContents.NOT_EMPTY, 0));

    assertThat(failed().sqlState()).isEqualTo("TG004");
    assertThat(schema.server.sent("CREATE TABLE b")).hasSize(1);
  }

  @Test
  void stateOfAFilledSchemaIsTheMigrationsWhereItHasOtherWords() throws Exception {
    schema.history.clear();
    schema.tableThere = false;
    schema.server.always("CREATE TABLE a", new Failure("TG004", "one of my own", 0));

    assertThat(failed().sqlState()).isEqualTo("TG004");
    assertThat(schema.history.get(1L)).contains("failed");
  }

  @Test
  void sessionThatTheServerEndsForItsTimeIsTheMigrationsFailure() throws Exception {
    schema.server.always("CREATE TABLE b", new Fatal("25P04", "transaction timeout"));
    schema.server.row("count(*) FROM tenantgate.journal", "1");

    SchemaOutcome.Failed failed = failed();

    assertThat(failed.sqlState()).isEqualTo("25P04");
    assertThat(schema.server.sent("CREATE TABLE b")).hasSize(1);
    assertThat(schema.history.get(2L)).contains("failed");
  }

  @Test
  void lossTellsHowManyStatementsWereDone() throws Exception {
    schema.with(
        "002_b.sql", "-- tenantgate: no-transaction\nUPDATE a SET x = 1;\nUPDATE a SET x = 2;");
    schema.server.row("pg_postmaster_start_time", "3600000");
    schema.server.row("count(*) FROM tenantgate.journal", "1");
    schema.server.once("UPDATE a SET x = 2", new Drop());

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("connection was lost"))
        .contains("INSERT INTO tenantgate.journal", "after 1 of its statements");
  }

  @Test
  void lossIsForgottenOnceAMigrationIsCommitted() throws Exception {
    schema.with("003_c.sql", "CREATE TABLE c ();");
    schema.server.once("CREATE TABLE b", new Drop()); // which of both did that isn't known
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    schema.with("004_d.sql", "CREATE TABLE d ();").with("005_e.sql", "CREATE TABLE e ();");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("CREATE TABLE d")).contains("CREATE TABLE e");
  }

  // The record of a failure.

  @Test
  void failureIsRecordedInHistoryRegistryAndJournalWithTheLeasesReturn() throws Exception {
    schema.server.always("CREATE TABLE b", WRONG);

    SchemaOutcome.Failed failed = failed();

    assertThat(failed.error()).startsWith("migration 2 (b) failed: ").contains("002_b.sql");
    assertThat(schema.message("'failed'"))
        .containsSubsequence(
            "INSERT INTO \"tenant_acme\".schema_migrations",
            "002_b.sql",
            "INSERT INTO tenantgate.schema_state",
            "INSERT INTO tenantgate.journal",
            "'up'",
            "confirm_lease('tenant_acme'",
            ", 11, NULL, 'TG001')",
            "COMMIT");
    assertThat(releases()).isEmpty();
  }

  @Test
  void failureOfTheFirstMigrationHasATableToBeRecordedIn() throws Exception {
    schema.history.clear();
    schema.tableThere = false;
    schema.server.always("CREATE TABLE a", WRONG);

    assertThat(failed().error()).contains("migration 1 (a) failed");

    assertThat(schema.message("'failed'")).containsSubsequence(TABLE, "'failed'");
  }

  @Test
  void failureThatCantBeRecordedIsTheOutcomeAllTheSame() throws Exception {
    schema.server.always("CREATE TABLE b", WRONG);
    schema.server.always("'failed'", new Failure("53100", "the disk is full", 0));

    SchemaOutcome.Failed failed = failed();

    assertThat(failed.sqlState()).isEqualTo("42P07");
    assertThat(Objects.requireNonNull(failed.migration()).version()).isEqualTo(new Version(2));
    List<String> sent = schema.server.sent();
    int recording = sent.indexOf(schema.message("'failed'"));
    assertThat(sent.get(recording + 1)).isEqualTo("ROLLBACK");
    assertThat(releases()).hasSize(1);
  }

  @Test
  void failureOnTheWayDownIsKeptInTheJournalAlone() throws Exception {
    schema.with("002_b.sql", DOWN).applied(2);
    schema.server.always("DROP TABLE b", WRONG);

    SchemaOutcome.Failed failed =
        (SchemaOutcome.Failed) ScriptedSchema.outcome(schema.run(new Goal.Down(new Version(1))));

    assertThat(failed.error()).startsWith("taking migration 2 (b) back failed: ");
    assertThat(schema.history.get(2L)).contains("success");
    assertThat(schema.message("INSERT INTO tenantgate.journal"))
        .contains("'down'", "it is there already", "confirm_lease(")
        .doesNotContain("'failed'", "tenantgate.schema_state");
  }

  @Test
  void failureThatNoFileIsAtFaultForIsRefused() throws Exception {
    schema.server.fail("record_step('tenant_acme', 2", "42501", "permission denied");

    SchemaOutcome.Failed failed =
        (SchemaOutcome.Failed)
            ScriptedSchema.outcome(schema.run(new Goal.Mark(new Version(2), true)));

    assertThat(failed.migration()).isNull();
    assertThat(failed.sqlState()).isEqualTo("42501");
    assertThat(failed.error()).startsWith("permission denied");
    assertThat(schema.history.keySet()).containsExactly(1L);
    assertThat(schema.server.sent("INSERT INTO tenantgate.journal")).isEmpty();
    assertThat(releases()).hasSize(1);
  }

  @Test
  void refusalTellsWhatWasAppliedBeforeIt() throws Exception {
    schema.with("002_b.sql", "CREATE TABLE b (); SET search_path = public;");
    schema.with("003_i.sql", "CREATE INDEX CONCURRENTLY i ON a (id);");
    schema.server.row("pg_catalog.pg_backend_pid(), ", "1", "ISO, MDY");
    schema.server.row("SELECT pg_catalog.pg_backend_pid()", "1", "ISO, MDY");

    SchemaOutcome.Failed failed = failed();

    assertThat(failed.sqlState()).isEqualTo("0A000");
    assertThat(failed.migration()).isNull();
    assertThat(failed.applied()).containsExactly(new Version(2));
  }

  // The lease.

  @Test
  void leaseThatWentBackWithTheCommitIsLeftAlone() throws Exception {
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    schema.close();

    assertThat(releases()).isEmpty();
  }

  @Test
  void leaseThatWentBackWithAFailureIsLeftAlone() throws Exception {
    schema.server.always("CREATE TABLE b", WRONG);
    assertThat(schema.migrate().succeeded()).isFalse();

    schema.close();

    assertThat(releases()).isEmpty();
  }

  @Test
  void leaseGoesBackAfterATryThatSomebodyWasInTheWayOf() throws Exception {
    schema.server.once("CREATE TABLE b", new Failure("40P01", "deadlock", 0));

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(releases()).hasSize(1);
    assertThat(releases().get(0)).contains("'tenant_acme' AND token = 11");
    assertThat(schema.server.sent("CREATE TABLE b").get(1)).contains(", 12, NULL, 'TG001')");
  }

  @Test
  void leaseGoesBackWhereNothingIsLeftToDo() throws Exception {
    schema.server.answer(
        "INSERT INTO tenantgate.lease AS l",
        statement -> {
          schema.applied(2);
          return null;
        });

    assertThat(schema.migrate()).isEqualTo(new SchemaOutcome.UpToDate(ACME));

    assertThat(releases()).hasSize(1);
  }

  // The table of the history, and a schema with nothing in it.

  @Test
  void emptySchemaIsLookedIntoByItsFirstTransactionAlone() throws Exception {
    schema.history.clear();
    schema.tableThere = false;
    schema.with("001_a.sql", "CREATE TABLE a (); SET search_path = public;");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(LOOK_INSIDE)).containsExactly(schema.message("CREATE TABLE a"));
    assertThat(schema.server.sent(TABLE)).containsExactly(schema.message("CREATE TABLE a"));
    assertThat(schema.message(LOOK_INSIDE)).containsSubsequence(LOOK_INSIDE, TABLE);
  }

  @Test
  void schemaWithAHistoryIsNotLookedInto() throws Exception {
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(LOOK_INSIDE)).isEmpty();
    assertThat(schema.server.sent(TABLE)).isEmpty();
  }

  @Test
  void steppedServerHasTheTableMadeOnceAndOutsideOfATransaction() throws Exception {
    schema.settings = settings -> schema.files.steppedSettings();
    schema.history.clear();
    schema.tableThere = false;

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(TABLE)).hasSize(1);
    assertThat(schema.message(TABLE)).startsWith(TABLE);
    assertThat(schema.server.sent(LOOK_INSIDE)).isEmpty();
  }

  @Test
  void steppedServerKeepsTheTableThatThereIs() throws Exception {
    schema.settings = settings -> schema.files.steppedSettings();

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(TABLE)).isEmpty();
  }
}

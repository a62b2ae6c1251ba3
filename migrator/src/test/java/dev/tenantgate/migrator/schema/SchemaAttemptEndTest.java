package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.BackupSettings;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.history.SchemaContents;
import dev.tenantgate.migrator.testing.ScriptedServer.Drop;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import dev.tenantgate.migrator.testing.ScriptedServer.Reply;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A {@link SchemaAttempt} that ends before its first step, and the lease that it had by then. */
class SchemaAttemptEndTest {

  private static final String LOOK = "relname = 'schema_migrations'";
  private static final String EXPIRY = "SET expires_at = pg_catalog.clock_timestamp() WHERE";
  private static final String RELEASE = "UPDATE tenantgate.lease SET holder = NULL";
  private static final String LOOK_INSIDE = "SELECT n.nspname INTO filled";
  private static final String FILLED = "schema tenant_acme " + SchemaContents.NOT_EMPTY;

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

  private SchemaOutcome.Failed failed() throws Exception {
    return (SchemaOutcome.Failed) schema.migrate();
  }

  /** Answers the looks at the history's table from the second one on. */
  private void fromTheSecondLookOn(Reply reply) {
    AtomicInteger looks = new AtomicInteger();
    schema.server.answer(LOOK, statement -> looks.incrementAndGet() == 1 ? null : reply);
  }

  @Test
  void leaseOfAProcessThatIsGoneNeedNotExpire() throws Exception {
    schema.holder = ProcessName.of(99_999_999_999L);
    schema.server.answer(EXPIRY, this::expired);

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message(EXPIRY)).contains("tenant_acme");
  }

  private @Nullable Reply expired(String statement) {
    schema.holder = null;
    return null;
  }

  @Test
  void leaseOfAProcessThatMayLiveIsLeftToIt() throws Exception {
    schema.holder = "elsewhere:1";

    assertThat(schema.migrate()).isEqualTo(new SchemaOutcome.Busy(ACME, "elsewhere:1"));

    assertThat(schema.server.sent(EXPIRY)).isEmpty();
    assertThat(schema.server.sent(RELEASE)).isEmpty();
  }

  @Test
  void leaseGoesBackWhereTheHistoryCantBeReadUnderIt() throws Exception {
    schema.tableThere = false;
    fromTheSecondLookOn(new Failure("42501", "permission denied", 0));

    assertThat(failed().sqlState()).isEqualTo("42501");

    assertThat(schema.server.sent(RELEASE)).singleElement().asString().contains("token = 11");
  }

  @Test
  void connectionThatIsLostBeforeTheFirstStepIsNoMigrations() throws Exception {
    schema.server.once("INSERT INTO tenantgate.lease AS l", new Drop());

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.told).contains("retrying 1 08006"); // not what a rollback came to
    assertThat(schema.message("CREATE TABLE a")).contains("CREATE TABLE b");
  }

  @Test
  void dumpThatCantBeMadeKeepsTheSchemaFromBeingTouched() throws Exception {
    schema.applied(1);
    schema.backup =
        new BackupSettings(folder.resolve("dumps"), BackupSettings.Format.CUSTOM, "/bin/false");

    assertThat(failed().error()).contains("no backup could be made");

    assertThat(schema.server.sent("CREATE TABLE b")).isEmpty();
    assertThat(schema.told).containsExactly("finished Failed");
    assertThat(schema.server.sent(RELEASE)).hasSize(1);
  }

  @Test
  void dumpIsMadeBeforeAFleetsRunGoesAhead() throws Exception {
    schema.applied(1);
    schema.backup =
        new BackupSettings(folder.resolve("dumps"), BackupSettings.Format.CUSTOM, "/bin/true");

    assertThat(ScriptedSchema.outcome(schema.ahead(7))).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("take_lease('")).isEmpty();
    assertThat(folder.resolve("dumps")).isNotEmptyDirectory();
  }

  @Test
  void migrationThatDependsOnPublicWaitsForThat() throws Exception {
    schema.with("public/003_plans.sql", "CREATE TABLE plans ();");
    schema.with("004_sites.sql", "-- Dependencies: 003_plans\nCREATE TABLE sites ();");

    assertThat(failed().error())
        .isEqualTo(
            "migration 4 (sites) depends on 3 (plans), which isn't applied to public;"
                + " migrate that first");

    assertThat(schema.server.sent("CREATE TABLE")).isEmpty();
    assertThat(schema.server.sent(RELEASE)).hasSize(1);
  }

  @Test
  void fleetsRunThatDependsOnPublicLooksFirst() throws Exception {
    schema.with("public/003_plans.sql", "CREATE TABLE plans ();");
    schema.with("004_sites.sql", "-- Dependencies: 003_plans\nCREATE TABLE sites ();");

    assertThat(ScriptedSchema.outcome(schema.ahead(7))).isInstanceOf(SchemaOutcome.Failed.class);

    assertThat(schema.server.sent("take_lease('")).isEmpty();
  }

  @Test
  void schemaThatOthersHaveFilledMeanwhileIsLeftAlone() throws Exception {
    schema.tableThere = false;
    schema.server.fail(LOOK_INSIDE, "TG004", FILLED);
    schema.server.answer(
        "row_number() OVER",
        statement -> {
          if (!schema.server.sent(LOOK_INSIDE).isEmpty()) {
            schema.server.row("row_number() OVER", "tenant_acme", "table", "1", "orders");
          }
          return null;
        });

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Unmanaged.class);

    assertThat(schema.history).isEmpty();
    assertThat(schema.server.sent(RELEASE)).hasSize(1);
  }

  @Test
  void errorOfTheSecondLookIsTheOutcome() throws Exception {
    schema.tableThere = false;
    schema.server.fail(LOOK_INSIDE, "TG004", FILLED);
    schema.server.answer(
        LOOK,
        statement ->
            schema.server.sent(LOOK_INSIDE).isEmpty()
                ? null
                : new Failure("42501", "permission denied", 0));

    assertThat(failed().sqlState()).isEqualTo("42501");
  }
}

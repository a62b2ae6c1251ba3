package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.TransactionPooler;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Behind a pooler: what needs a session has one, or isn't run. */
@Timeout(60)
class PoolerIT {

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder)
            .with("tenant/00001_t.sql", "CREATE TABLE t (id int);")
            .with("tenant/00002_f.sql", "SET TimeZone = 'Asia/Tokyo'; DO $$ BEGIN END $$;")
            .with(
                "tenant/00003_c.sql",
                "ALTER TABLE t ADD c text DEFAULT current_setting('TimeZone');")
            .with("tenant/00004_i.sql", "CREATE INDEX CONCURRENTLY t_id ON t (id);");
    database.execute(
        "CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b; CREATE SCHEMA tenant_c;"
            + " CREATE TABLE public.t (id int)");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private FleetOutcome migrate(TransactionPooler pooler) throws SQLException {
    DatabaseSettings settings = database.settings(pooler.port(), "postgres", null);
    try (Migrator migrator =
        Migrator.open(settings, files.settings(), SchemaPattern.parse("tenant_{tenant}"))) {
      List<SchemaRef> schemas = Stream.of("a", "b", "c").map(migrator.tenants()::schemaOf).toList();
      return migrator
          .runs()
          .migrateAll(
              files.changelog(),
              new FleetScope.Only(schemas),
              new Target.Latest(),
              FleetListener.NONE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void inTransactionModeAMigrationThatNeedsASessionIsRefused(int servers) throws SQLException {
    try (TransactionPooler pooler = new TransactionPooler(database, servers, false)) {
      FleetOutcome outcome = migrate(pooler);

      assertThat(outcome.failures())
          .hasSize(3)
          .allMatch(
              failed ->
                  failed instanceof SchemaOutcome.Failed f
                      && f.error().contains("migration 4")
                      && f.error().contains("a pooler in transaction mode stands before the server")
                      && f.error().contains("let database.url lead to the server itself"));
    }
    assertThat(database.column("SELECT schemaname FROM pg_indexes WHERE indexname = 't_id'"))
        .isEmpty();
    assertThat(database.column("SELECT version FROM tenant_b.schema_migrations ORDER BY 1"))
        .containsExactly("1", "2", "3");
  }

  @Test
  void inSessionModeAllIsDone() throws SQLException {
    try (TransactionPooler pooler = new TransactionPooler(database, 12, true)) {
      FleetOutcome outcome = migrate(pooler);

      assertThat(outcome.failures()).isEmpty();
    }
    assertThat(
            database.column(
                "SELECT schemaname FROM pg_indexes WHERE indexname = 't_id' ORDER BY 1"))
        .containsExactly("tenant_a", "tenant_b", "tenant_c");
  }
}

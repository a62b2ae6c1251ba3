package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A database with schemas of tenants, for tests of those that are left alone. */
abstract class UnmanagedFixture {

  static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");

  static final SchemaRef GLOBEX = new SchemaRef("tenant_globex", "globex");

  static final Target LATEST = new Target.Latest();

  static final String BALANCES =
      """
      CREATE TABLE tenant_acme.accounts (id int PRIMARY KEY, balance int NOT NULL);
      INSERT INTO tenant_acme.accounts VALUES (1, 500)\
      """;

  @TempDir Path folder;

  TestDatabase database;

  TestChangelog files;

  Migrator migrator;

  Changelog changelog;

  @BeforeEach
  void open() {
    database = server().newDatabase();
    files =
        new TestChangelog(folder)
            .with(
                "001_accounts.sql",
                """
                CREATE TABLE IF NOT EXISTS accounts (id int PRIMARY KEY, balance int NOT NULL);
                -- DOWN MIGRATION
                SELECT 1;
                """)
            .with(
                "002_cents.sql",
                "UPDATE accounts SET balance = balance * 100;\n-- DOWN MIGRATION\nSELECT 1;\n");
    changelog = files.changelog();
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    database.execute("CREATE SCHEMA tenant_acme");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  TestPostgres server() {
    return TestPostgres.latest();
  }

  SchemaStatus status(SchemaRef schema) throws SQLException {
    return SchemaStatus.of(migrator.histories().of(schema), changelog, LATEST);
  }

  Unmanaged found() throws SQLException {
    return Objects.requireNonNull(status(ACME).unmanaged());
  }

  String balance() {
    return String.valueOf(database.value("SELECT balance FROM tenant_acme.accounts"));
  }

  String histories() {
    return String.valueOf(
        database.value("SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations'"));
  }

  void run(boolean fleet) throws SQLException {
    if (fleet) {
      createTenants(3);
      assertThat(
              migrator
                  .runs()
                  .migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE)
                  .succeeded())
          .isTrue();
    } else {
      assertThat(migrator.runs().migrate(changelog, ACME, LATEST).succeeded()).isTrue();
    }
  }

  void awaitLeaseWaiter() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!"t"
            .equals(
                database.value(
                    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation ="
                        + " 'tenantgate.lease'::regclass)"))
        && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
  }

  SchemaRef schema(SchemaRef schema) {
    database.execute("CREATE SCHEMA IF NOT EXISTS " + schema.schema());
    return schema;
  }

  void note(SchemaHistory history, Map<String, SchemaState> states) {
    states.put(
        String.valueOf(history.schema().tenant()),
        SchemaStatus.of(history, changelog, LATEST).state());
  }

  void createTenants(int number) {
    StringBuilder sql = new StringBuilder();
    for (int i = 1; i <= number; i++) {
      sql.append("CREATE SCHEMA tenant_t").append(i).append(";");
    }
    database.execute(sql.toString());
  }
}

package dev.tenantgate.migrator.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.history.HistoryMarks;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A history that nothing was written to isn't read again, and no other is taken for one. */
class HistoryMarksIT {

  private static final int TENANTS = 40;

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;

  @BeforeEach
  void migrateOnce() throws SQLException {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder).with("00001_orders.sql", "CREATE TABLE orders (id int);");
    StringBuilder sql = new StringBuilder();
    IntStream.rangeClosed(1, TENANTS)
        .forEach(i -> sql.append("CREATE SCHEMA tenant_t%02d;".formatted(i)));
    database.execute(sql.toString());
    assertThat(migrate().outcomes()).hasSize(TENANTS);
    // Their tables are new: it takes another look to know what marks them.
    assertNothingToDo();
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Migrator newMigrator() {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  /** Connects anew, as a command does, once nobody else is connected. */
  private FleetOutcome migrate() throws SQLException {
    awaitUpToDate();
    return migrateNow();
  }

  private FleetOutcome migrateNow() throws SQLException {
    database.disconnect();
    try (Migrator migrator = newMigrator()) {
      return migrator
          .runs()
          .migrateAll(
              files.changelog(),
              new FleetScope.AllTenants(),
              new Target.Latest(),
              FleetListener.NONE);
    }
  }

  private void awaitUpToDate() throws SQLException {
    database.disconnect();
    WorkerConnections connections = new WorkerConnections(database.settings(), 1);
    try (connections;
        Connection connection = connections.open(Duration.ofSeconds(30))) {
      await().until(() -> HistoryMarks.read(connection, HistoryName.STANDARD).areUpToDate());
      await()
          .until(
              () -> {
                try (Statement statement = connection.createStatement()) {
                  return !statement
                      .executeQuery(
                          "SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname ="
                              + " current_database() AND backend_type = 'client backend'")
                      .next();
                }
              });
    }
  }

  private void assertNothingToDo() throws SQLException {
    awaitUpToDate();
    assertNothingToDoNow();
  }

  private void assertNothingToDoNow() throws SQLException {
    assertThat(migrateNow().outcomes())
        .hasSize(TENANTS)
        .allMatch(outcome -> outcome instanceof SchemaOutcome.UpToDate);
  }

  private List<String> migrated() throws SQLException {
    return migrate().outcomes().stream()
        .filter(outcome -> outcome instanceof SchemaOutcome.Migrated)
        .map(outcome -> outcome.schema().tenant())
        .toList();
  }

  /** How often a history was read, of all. */
  private long reads() throws SQLException {
    awaitUpToDate();
    return Long.parseLong(
        String.valueOf(
            database.value(
                "SELECT sum(pg_stat_get_numscans(oid)) FROM pg_class"
                    + " WHERE relname = 'schema_migrations'")));
  }

  @Test
  void whatIsUnchangedIsNotRead() throws SQLException {
    long before = reads();

    assertNothingToDo();

    assertThat(reads() - before).as("one history stands for all").isLessThan(3);
  }

  @Test
  void norIsItAfterAMigration() throws SQLException {
    files.with("00002_total.sql", "ALTER TABLE orders ADD total numeric;");
    assertThat(migrated()).hasSize(TENANTS);
    // Schemas that shared a transaction; on a slow machine some, or all, had one of their own.
    long marked =
        Long.parseLong(
            String.valueOf(
                database.value(
                    "SELECT count(*) FROM tenantgate.schema_state"
                        + " WHERE history_mark LIKE '%' || history_digest")));
    long before = reads();

    assertNothingToDo();

    assertThat(reads() - before).isLessThan(TENANTS - marked + 3);
  }

  @Test
  void whatIsWrittenByHandIsSeen() throws SQLException {
    database.execute("DELETE FROM tenant_t07.schema_migrations; DROP TABLE tenant_t07.orders");
    database.execute("TRUNCATE tenant_t08.schema_migrations; DROP TABLE tenant_t08.orders");
    database.execute("DROP SCHEMA tenant_t09 CASCADE; CREATE SCHEMA tenant_t09");
    database.execute("UPDATE tenantgate.schema_state SET applied = 3 WHERE tenant = 't10'");
    database.execute(
        "UPDATE tenantgate.schema_state SET history_digest = 'x' WHERE tenant = 't11'");

    assertThat(migrated()).containsExactlyInAnyOrder("t07", "t08", "t09");
    try (Migrator migrator = newMigrator()) {
      assertThat(migrator.histories().repairRegistry()).isEmpty();
    }
  }

  @Test
  void whatIsNotCountedYetIsSeen() throws SQLException {
    try (Connection idle = database.connect();
        Statement statement = idle.createStatement()) {
      statement.execute("SELECT 1 FROM tenant_t07.schema_migrations");
      statement.execute("DELETE FROM tenant_t07.schema_migrations");
      statement.execute("DROP TABLE tenant_t07.orders");

      assertThat(migrateNow().outcomes())
          .filteredOn(outcome -> outcome instanceof SchemaOutcome.Migrated)
          .extracting(SchemaOutcome::schema)
          .containsExactly(new SchemaRef("tenant_t07", "t07"));
    }
  }

  @Test
  void anApplicationThatMayNotWriteHistoriesKeepsNobodyFromTrustingMarks() throws SQLException {
    String role = database.name() + "_app";
    database.execute(
        """
        CREATE ROLE %1$s LOGIN; GRANT USAGE ON SCHEMA tenant_t01 TO %1$s;
        GRANT INSERT ON tenant_t01.orders TO %1$s;
        GRANT SELECT ON tenant_t01.schema_migrations TO %1$s\
        """
            .formatted(role));
    try {
      long before = reads();
      try (Connection application = connectAs(role);
          Statement statement = application.createStatement()) {
        statement.execute("INSERT INTO tenant_t01.orders VALUES (1)");
        assertNothingToDoNow();
      }
      assertThat(reads() - before).as("one history stands for all").isLessThan(3);

      database.execute("GRANT DELETE ON tenant_t07.schema_migrations TO " + role);
      before = reads();
      try (Connection application = connectAs(role);
          Statement statement = application.createStatement()) {
        statement.execute("INSERT INTO tenant_t01.orders VALUES (1)");
        assertNothingToDoNow();
      }
      assertThat(reads() - before).isGreaterThanOrEqualTo(TENANTS);
    } finally {
      database.execute("DROP OWNED BY %1$s; DROP ROLE %1$s".formatted(role));
    }
  }

  private Connection connectAs(String role) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", role);
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s"
            .formatted(database.server().host(), database.server().port(), database.name()),
        properties);
  }

  @Test
  void countersThatBeganAnewAreNotTrusted() throws SQLException {
    database.execute("SELECT pg_stat_reset()");
    database.execute("DELETE FROM tenant_t07.schema_migrations; DROP TABLE tenant_t07.orders");

    assertThat(migrated()).containsExactly("t07");
    long before = reads();
    assertNothingToDo();
    assertThat(reads() - before).isLessThan(TENANTS / 2);
  }
}

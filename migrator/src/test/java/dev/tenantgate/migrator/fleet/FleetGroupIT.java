package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.history.HistoryReader;
import dev.tenantgate.migrator.lease.Leases;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.schema.SchemaProgress;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Schemas of a fleet that share a transaction. */
class FleetGroupIT {

  private static final int TENANTS = 60;

  /** Rows of one transaction have the same xmin. */
  private static final String TRANSACTIONS =
      "SELECT count(DISTINCT xmin::text) FROM tenantgate.schema_state";

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator =
        Migrator.open(database.settings(), patient(), SchemaPattern.parse("tenant_{tenant}"));
    StringBuilder sql = new StringBuilder();
    IntStream.rangeClosed(1, TENANTS)
        .forEach(i -> sql.append("CREATE SCHEMA tenant_t%02d;".formatted(i)));
    database.execute(sql.toString());
  }

  /**
   * A long lock timeout: groups have all the time that they are ever given, on a slow machine too.
   */
  private MigrationSettings patient() {
    return new MigrationSettings(
        List.of(folder),
        MigrationSettings.Scope.TENANT,
        MigrationSettings.Trigger.ON_DEMAND,
        4,
        Duration.ofSeconds(10),
        Duration.ZERO,
        Duration.ofSeconds(3));
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private FleetOutcome migrate(FleetListener listener) throws SQLException {
    return migrator
        .runs()
        .migrateAll(files.changelog(), new FleetScope.AllTenants(), new Target.Latest(), listener);
  }

  private long number(String query) {
    return Long.parseLong(String.valueOf(database.value(query)));
  }

  private long indexes() {
    return number("SELECT count(*) FROM pg_indexes WHERE indexname = 'orders_total'");
  }

  @Test
  void theyAreRecordedAsIfEachHadItsOwn() throws SQLException {
    files
        .with("00001_orders.sql", "CREATE TABLE orders (id int, total numeric) -- no semicolon")
        .with("00002_index.sql", "CREATE INDEX orders_total ON orders (total);");

    FleetOutcome outcome = migrate(FleetListener.NONE);

    assertThat(outcome.outcomes())
        .hasSize(TENANTS)
        .allSatisfy(
            each ->
                assertThat(each)
                    .isInstanceOfSatisfying(
                        SchemaOutcome.Migrated.class,
                        migrated -> assertThat(migrated.applied()).hasSize(2)));
    assertThat(indexes()).isEqualTo(TENANTS);
    assertThat(
            number(
                "SELECT count(*) FROM tenantgate.journal WHERE action = 'up'"
                    + " AND done_by LIKE '%@% as postgres' AND execution_time_ms >= 0"))
        .isEqualTo(2 * TENANTS);
    assertThat(migrator.histories().of(migrator.tenants().schemaOf("t60")).entries())
        .hasSize(2)
        .allMatch(entry -> entry.succeeded() && entry.executionMillis() >= 0);
    assertThat(migrator.histories().repairRegistry()).isEmpty();
    assertThat(migrator.runs().leases()).isEmpty();
    assertThat(migrate(FleetListener.NONE).outcomes())
        .allMatch(each -> each instanceof SchemaOutcome.UpToDate);
  }

  @Test
  void theyShareTransactions() throws SQLException {
    files.with("00001_orders.sql", "CREATE TABLE orders (id int);");
    migrate(FleetListener.NONE);

    // Schemas that take too long don't share, and any machine may be slow for a moment.
    for (int version = 2; number(TRANSACTIONS) == TENANTS && version < 12; version++) {
      files.with(
          "%05d_more.sql".formatted(version), "ALTER TABLE orders ADD c%d int;".formatted(version));
      migrate(FleetListener.NONE);
    }

    assertThat(number(TRANSACTIONS)).isLessThan(TENANTS);
  }

  @Test
  void whatFailsForSomeIsDoneForTheOthers() throws SQLException {
    files.with("00001_orders.sql", "CREATE TABLE orders (id int, total numeric);");
    migrate(FleetListener.NONE);
    files.with("00002_index.sql", "CREATE INDEX orders_total ON orders (total);");
    database.execute("DROP TABLE tenant_t02.orders; DROP TABLE tenant_t40.orders");

    FleetOutcome outcome = migrate(FleetListener.NONE);

    assertThat(outcome.outcomes()).hasSize(TENANTS);
    assertThat(outcome.failures())
        .extracting(failure -> failure.schema().schema())
        .containsExactlyInAnyOrder("tenant_t02", "tenant_t40");
    assertThat(indexes()).isEqualTo(TENANTS - 2);
    assertThat(migrator.histories().registry().stream().filter(row -> row.error() != null))
        .hasSize(2);
    assertThat(migrator.runs().leases()).isEmpty();
  }

  @Test
  void whoeverHasALockKeepsNobodyElseWaiting() throws SQLException {
    files.with("00001_orders.sql", "CREATE TABLE orders (id int, total numeric);");
    migrate(FleetListener.NONE);
    files.with("00002_index.sql", "CREATE INDEX orders_total ON orders (total);");

    FleetOutcome outcome;
    try (Connection application = database.connect();
        Statement statement = application.createStatement()) {
      application.setAutoCommit(false);
      statement.execute("INSERT INTO tenant_t03.orders VALUES (1, 2)");
      outcome =
          migrate(
              new FleetListener() {
                @Override
                public void blocked(SchemaRef schema, List<Blocker> blockers) {
                  commit(application);
                }
              });
    }

    assertThat(outcome.succeeded()).isTrue();
    assertThat(indexes()).isEqualTo(TENANTS);
  }

  @Test
  void oneThatIsCancelledLeavesTheOthersToBeDone() throws SQLException {
    files.with("00001_orders.sql", "CREATE TABLE orders (id int, total numeric);");
    migrate(FleetListener.NONE);
    files.with("00002_index.sql", "CREATE INDEX orders_total ON orders (total);");
    SchemaRef cancelled = migrator.tenants().schemaOf("t01");
    List<SchemaRef> started = new CopyOnWriteArrayList<>();

    FleetOutcome outcome =
        migrate(
            new FleetListener() {
              @Override
              public void started(SchemaRef schema, List<Migration> migrations) {
                started.add(schema);
                if (schema.equals(cancelled)) {
                  assertThat(migrator.runs().cancel(cancelled)).isTrue();
                }
              }
            });

    assertThat(outcome.outcomes())
        .hasSize(TENANTS)
        .filteredOn(each -> !(each instanceof SchemaOutcome.Migrated))
        .containsExactly(new SchemaOutcome.Cancelled(cancelled));
    assertThat(started).filteredOn(cancelled::equals).hasSize(1);
    assertThat(started)
        .as("it was taken together with another one, which is then taken by itself")
        .filteredOn(migrator.tenants().schemaOf("t02")::equals)
        .hasSizeGreaterThan(1);
    assertThat(indexes()).isEqualTo(TENANTS - 1);
    assertThat(migrator.runs().leases()).isEmpty();
    assertThat(migrate(FleetListener.NONE).succeeded()).isTrue();
    assertThat(indexes()).isEqualTo(TENANTS);
  }

  private static void commit(Connection connection) {
    try {
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatCouldLeaveSomethingBehindIsNotShared() throws SQLException {
    files.with("00001_orders.sql", "CREATE TEMP TABLE left_over (id int) ON COMMIT DROP;");

    assertThat(migrate(FleetListener.NONE).succeeded()).isTrue();

    assertThat(number(TRANSACTIONS)).isEqualTo(TENANTS);
  }

  @Test
  void aLeaseThatWasTakenOverKeepsAllFromCommitting() throws SQLException {
    files.with("00001_orders.sql", "CREATE TABLE orders (id int);");
    migrate(FleetListener.NONE);
    List<SchemaRef> schemas =
        List.of(migrator.tenants().schemaOf("t01"), migrator.tenants().schemaOf("t02"));
    database.execute("UPDATE tenantgate.lease SET token = 1");
    Leases leases =
        new Leases(
            new WorkerConnections(database.settings(), 1),
            new HistoryReader(HistoryName.STANDARD),
            patient().leaseTimeout());
    try (leases) {
      database.execute(leases.opening(schemas, List.of(1L, 1L)));
      database.execute(
          "UPDATE tenantgate.lease SET token = token + 1 WHERE schema_name = 'tenant_t02'");

      SchemaProgress progress = new SchemaProgress(migrator.histories().of(schemas.get(0)));
      assertThatThrownBy(
              () ->
                  database.execute(
                      progress.registryRows(
                          schemas, Arrays.asList(null, null), List.of(2L, 2L), leases.holder())))
          .hasRootCauseInstanceOf(SQLException.class)
          .rootCause()
          .hasMessageContaining("of 2 leases, 1 were taken over");
      assertThatThrownBy(() -> database.execute(leases.opening(schemas, List.of(2L, 3L))))
          .rootCause()
          .hasMessageContaining("of 2 leases, 2 are not as they were");
    }
  }
}

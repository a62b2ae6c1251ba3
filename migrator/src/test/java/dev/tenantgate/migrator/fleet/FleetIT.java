package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many schemas at once, and several migrators at once. */
class FleetIT {

  private static final Target LATEST = new Target.Latest();
  private static final FleetListener NONE = FleetListener.NONE;

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator = newMigrator();
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private Migrator newMigrator() {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  private void createTenants(int count) {
    database.execute(
        "DO $$ BEGIN FOR i IN 1..%d LOOP EXECUTE format('CREATE SCHEMA tenant_t%%s', i); END LOOP;"
                .formatted(count)
            + " END $$");
  }

  private Changelog threeMigrations() {
    return files
        .with("00001_orders.sql", "CREATE TABLE orders (id int);")
        .with("00002_total.sql", "ALTER TABLE orders ADD total numeric;")
        .with("00003_index.sql", "CREATE INDEX orders_total ON orders (total);")
        .changelog();
  }

  /** How often the third migration of all is applied, and in how many schemas. */
  private long indexes() {
    return Long.parseLong(
        String.valueOf(
            database.value("SELECT count(*) FROM pg_indexes WHERE indexname = 'orders_total'")));
  }

  @Test
  void whatCannotEvenBeParsedIsRecordedBehindWhatCame() throws SQLException {
    createTenants(2);
    files.with("00001_orders.sql", "CREATE TABLE orders (id int DEFAULT now()());");

    assertThat(
            migrator
                .runs()
                .migrateAll(files.changelog(), new FleetScope.All(), LATEST, NONE)
                .failures())
        .hasSize(2);
    assertThat(histories()).containsExactly("1 failed", "1 failed");

    Changelog changelog = threeMigrations();
    files.with("00003_index.sql", "CREATE INDEX ON ON orders (total);");
    FleetOutcome outcome =
        migrator.runs().migrateAll(files.changelog(), new FleetScope.All(), LATEST, NONE);

    assertThat(outcome.failures())
        .allSatisfy(
            failed ->
                assertThat(((SchemaOutcome.Failed) failed).error())
                    .contains("00003_index.sql:1: syntax error"));
    assertThat(histories())
        .containsExactly(
            "1 success", "1 success", "2 success", "2 success", "3 failed", "3 failed");
    assertThat(migrator.runs().leases()).isEmpty();
    assertThat(
            migrator.runs().migrateAll(changelog, new FleetScope.All(), LATEST, NONE).succeeded())
        .isTrue();
  }

  private List<String> histories() {
    return database
        .column(
            """
            SELECT version || ' ' || status FROM tenant_t1.schema_migrations
            UNION ALL SELECT version || ' ' || status FROM tenant_t2.schema_migrations ORDER BY 1
            """)
        .stream()
        .map(String::valueOf)
        .toList();
  }

  @Test
  void leavesEverybodyElseAloneWhenOneTenantFails() throws SQLException {
    createTenants(120);
    database.execute("CREATE TABLE tenant_t77.orders (id int)");
    Changelog changelog = threeMigrations().withUnmanaged(UnmanagedPolicy.MIGRATE);
    AtomicInteger last = new AtomicInteger();
    List<SchemaOutcome> finished = new CopyOnWriteArrayList<>();

    FleetOutcome outcome =
        migrator
            .runs()
            .migrateAll(
                changelog,
                new FleetScope.AllTenants(),
                LATEST,
                new FleetListener() {
                  @Override
                  public void finished(SchemaOutcome ended) {
                    finished.add(ended);
                  }

                  @Override
                  public void progress(int done, int total) {
                    last.accumulateAndGet(done, Math::max);
                    assertThat(total).isEqualTo(120);
                  }
                });

    assertThat(outcome.outcomes()).hasSize(120);
    assertThat(outcome.failures())
        .extracting(o -> o.schema().schema())
        .containsExactly("tenant_t77");
    assertThat(indexes()).isEqualTo(119);
    assertThat(last).hasValue(120);
    assertThat(finished).hasSize(120);
    assertThat(migrator.histories().registry()).hasSize(120);
    assertThat(migrator.histories().registry().stream().filter(row -> row.error() != null))
        .extracting(RegistryRow::failedVersion)
        .containsExactly(new Version(1));
    assertThat(migrator.runs().leases()).isEmpty();
  }

  /** More than are asked for in one message. */
  @Test
  void readsHundredsOfHistories() throws SQLException {
    createTenants(1);
    assertThat(
            migrator
                .runs()
                .migrateAll(threeMigrations(), new FleetScope.AllTenants(), LATEST, NONE)
                .succeeded())
        .isTrue();
    database.execute(
        """
        DO $$ BEGIN FOR i IN 2..600 LOOP
          EXECUTE format('CREATE SCHEMA tenant_t%s', i);
          EXECUTE format('CREATE TABLE tenant_t%s.schema_migrations
            (LIKE tenant_t1.schema_migrations INCLUDING ALL)', i);
          EXECUTE format('INSERT INTO tenant_t%s.schema_migrations
            SELECT * FROM tenant_t1.schema_migrations', i);
        END LOOP; END $$
        """);

    List<SchemaHistory> histories = migrator.histories().of(migrator.tenants().all());

    assertThat(histories).hasSize(600).allMatch(history -> history.entries().size() == 3);
    assertThat(histories)
        .extracting(history -> history.schema())
        .containsExactlyElementsOf(migrator.tenants().all());
  }

  @Test
  void migratesPublicFirstAndNoTenantIfThatFails() throws SQLException {
    createTenants(3);
    Changelog broken =
        files
            .with("public/00001_shared.sql", "SELECT 1/0;")
            .with("tenant/00002_own.sql", "CREATE TABLE own (id int);")
            .changelog();

    FleetOutcome stopped =
        migrator.runs().migrateAll(broken, new FleetScope.All(), LATEST, FleetListener.NONE);

    assertThat(stopped.succeeded()).isFalse();
    assertThat(stopped.outcomes()).hasSize(1);
    assertThat(stopped.skipped()).hasSize(3);

    Changelog repaired =
        files.with("public/00001_shared.sql", "CREATE TABLE shared (id int);").changelog();
    FleetOutcome done =
        migrator.runs().migrateAll(repaired, new FleetScope.All(), LATEST, FleetListener.NONE);

    assertThat(done.succeeded()).isTrue();
    assertThat(done.outcomes()).hasSize(4);
    assertThat(database.column("SELECT schemaname FROM pg_tables WHERE tablename = 'shared'"))
        .containsExactly("public");
  }

  @Test
  void severalMigratorsApplyEachMigrationOnce() throws Exception {
    createTenants(60);
    Changelog changelog =
        files
            .with("00001_marks.sql", "CREATE TABLE marks (n int);")
            .with("00002_mark.sql", "INSERT INTO marks VALUES (1);")
            .changelog();
    ExecutorService pool = Executors.newFixedThreadPool(3);
    List<Migrator> migrators = IntStream.range(0, 3).mapToObj(i -> newMigrator()).toList();
    try {
      List<Future<FleetOutcome>> runs =
          migrators.stream()
              .map(
                  each ->
                      pool.submit(
                          () ->
                              each.runs()
                                  .migrateAll(
                                      changelog,
                                      new FleetScope.AllTenants(),
                                      LATEST,
                                      FleetListener.NONE)))
              .toList();
      for (Future<FleetOutcome> run : runs) {
        assertThat(run.get().failures()).isEmpty();
      }
    } finally {
      pool.shutdownNow();
      migrators.forEach(Migrator::close);
    }

    for (SchemaRef tenant : migrator.tenants().all()) {
      assertThat(database.value("SELECT count(*) FROM " + tenant.schema() + ".marks"))
          .isEqualTo("1");
    }
  }

  @Test
  void closingEndsAFleetsRun() throws Exception {
    createTenants(80);
    Changelog changelog = files.with("00001_slow.sql", "SELECT pg_sleep(1);").changelog();
    Migrator closed = newMigrator();
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<FleetOutcome> run =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return closed
                    .runs()
                    .migrateAll(
                        changelog,
                        new FleetScope.AllTenants(),
                        LATEST,
                        new FleetListener() {
                          @Override
                          public void started(SchemaRef schema, List<Migration> pending) {
                            begun.countDown();
                          }
                        });
              } catch (SQLException e) {
                throw new CompletionException(e);
              }
            });
    begun.await();

    closed.close();

    FleetOutcome outcome = run.get();
    assertThat(outcome.outcomes().size() + outcome.skipped().size()).isEqualTo(80);
    assertThat(outcome.skipped().size()).isGreaterThan(60);
    assertThat(database.column("SELECT holder FROM tenantgate.lease WHERE holder IS NOT NULL"))
        .isEmpty();
  }
}

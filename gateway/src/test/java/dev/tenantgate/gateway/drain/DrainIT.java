package dev.tenantgate.gateway.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.DrainSettings.AfterTimeout;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Gateways of an older release, which need version 1, while a migrator of a newer one brings their
 * tenant to version 2.
 */
class DrainIT {

  @TempDir Path older;
  @TempDir Path newer;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private TestDatabase database;

  @BeforeEach
  void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    for (Path folder : List.of(older, newer)) {
      GatewayFixture.migration(
          folder.resolve("tenant"), "00001_items.sql", "CREATE TABLE item(id int);");
    }
    GatewayFixture.migration(
        newer.resolve("tenant"), "00002_names.sql", "ALTER TABLE item ADD name text;");
    try (Migrator migrator = migrator(older, Map.of())) {
      assertThat(migrate(migrator, older).succeeded()).isTrue();
    }
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    database.close();
  }

  private GatewayFixture gateway(Map<String, String> changes) {
    Map<String, String> all = new HashMap<>(Map.of("gate.lease-timeout", "2s"));
    all.putAll(changes);
    return GatewayFixture.start(database, older, all);
  }

  private Settings settings(Path folder, Map<String, String> changes) {
    try {
      return GatewayFixture.settings(database, folder, changes);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Migrator migrator(Path folder, Map<String, String> changes) {
    return Migrator.open(settings(folder, changes));
  }

  private Migrator drainingFor(Duration timeout, AfterTimeout after) {
    return migrator(
        newer,
        Map.of(
            "migrations.drain-timeout",
            timeout.toMillis() + "ms",
            "migrations.after-drain-timeout",
            after == AfterTimeout.CANCEL ? "cancel" : "postpone",
            "migrations.lease-timeout",
            "2s"));
  }

  private SchemaOutcome migrate(Migrator migrator, Path folder) throws Exception {
    Changelog changelog = ChangelogReader.read(settings(folder, Map.of()).migrations()).changelog();
    return migrator
        .runs()
        .migrate(
            changelog,
            new SchemaRef("tenant_acme", "acme"),
            new Target.Latest(),
            FleetListener.NONE);
  }

  private Future<SchemaOutcome> migrating(Migrator migrator) {
    return threads.submit(() -> migrate(migrator, newer));
  }

  private <T> Future<T> later(Callable<T> task) {
    return threads.submit(task);
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }

  private void awaitMark() {
    await().until(() -> !database.column("SELECT token::text FROM tenantgate.drain").isEmpty());
  }

  private int version() {
    return Integer.parseInt(
        database.column("SELECT max(version)::text FROM tenant_acme.schema_migrations").get(0));
  }

  /**
   * A gateway may hear of the mark a moment after the database has it: what ran before is again.
   */
  private String oneBehindMigration(Connection connection) throws SQLException {
    while (true) {
      try {
        return one(connection, "SELECT count(name) FROM item");
      } catch (SQLException e) {
        if (!"42703".equals(e.getSQLState())) {
          throw e;
        }
      }
    }
  }

  private Connection connectBehindMigration(GatewayFixture gateway) throws SQLException {
    while (true) {
      Connection connection = gateway.connect("acme");
      if (version() > 1) {
        return connection;
      }
      connection.close();
    }
  }

  private static void awaitHeld(GatewayFixture gateway) {
    await().until(() -> gateway.gateway().held() == 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void aTransactionUnderWayIsWaitedForAndNewOnesWaitEverywhere(String mode) throws Exception {
    Map<String, String> pool = Map.of("pool.mode", mode, "auth.method", "trust");
    try (GatewayFixture here = gateway(pool);
        GatewayFixture there = gateway(pool);
        Connection busy = here.connect("acme");
        Connection idle = there.connect("acme");
        Migrator migrator = drainingFor(Duration.ofSeconds(30), AfterTimeout.POSTPONE)) {
      busy.setAutoCommit(false);
      assertThat(one(busy, "SELECT count(*) FROM item")).isEqualTo("0");
      assertThat(one(idle, "SELECT 1")).isEqualTo("1");

      Future<SchemaOutcome> migration = migrating(migrator);
      awaitMark();
      Future<String> again = later(() -> oneBehindMigration(idle));
      awaitHeld(there);
      Future<Connection> fresh = later(() -> connectBehindMigration(here));
      awaitHeld(here);
      // What is under way goes on, on the schema that it began with.
      assertThat(one(busy, "SELECT count(*) FROM item")).isEqualTo("0");
      assertThat(version()).isEqualTo(1);
      assertThat(migration).isNotDone();
      busy.commit();

      assertThat(migration.get()).isInstanceOf(SchemaOutcome.Migrated.class);
      assertThat(again.get()).isEqualTo("0");
      try (Connection connection = fresh.get()) {
        assertThat(one(connection, "SELECT count(name) FROM item")).isEqualTo("0");
      }
      assertThat(one(busy, "SELECT count(name) FROM item")).isEqualTo("0");
    }
  }

  @Test
  void aMigrationThatIsPutOffLeavesEverybodyAsTheyWere() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection busy = gateway.connect("acme");
        Connection idle = gateway.connect("acme");
        Migrator migrator = drainingFor(Duration.ofMillis(300), AfterTimeout.POSTPONE)) {
      busy.setAutoCommit(false);
      one(busy, "SELECT count(*) FROM item");

      SchemaOutcome outcome = migrate(migrator, newer);

      assertThat(outcome)
          .isInstanceOfSatisfying(
              SchemaOutcome.PutOff.class,
              off ->
                  assertThat(off.inTheWay())
                      .contains("300 ms")
                      .contains("tenant acme, user postgres")
                      .contains("idle in transaction"));
      assertThat(one(idle, "SELECT count(*) FROM item")).isEqualTo("0");
      assertThat(one(busy, "SELECT count(*) FROM item")).isEqualTo("0");
      assertThat(version()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void whoStaysInATransactionIsEnded(String mode) throws Exception {
    Map<String, String> pool = Map.of("pool.mode", mode, "auth.method", "trust");
    try (GatewayFixture gateway = gateway(pool);
        Connection idle = gateway.connect("acme");
        Connection running = gateway.connect("acme");
        Migrator migrator = drainingFor(Duration.ofMillis(300), AfterTimeout.CANCEL)) {
      idle.setAutoCommit(false);
      one(idle, "SELECT count(*) FROM item");
      Future<String> asleep = later(() -> one(running, "SELECT pg_sleep(60) FROM (SELECT 1) x"));
      await()
          .until(
              () ->
                  !database
                      .column(
                          "SELECT pid::text FROM pg_stat_activity WHERE query LIKE"
                              + " '%pg_sleep(60)%' AND state = 'active' AND pid <>"
                              + " pg_backend_pid()")
                      .isEmpty());

      assertThat(migrate(migrator, newer)).isInstanceOf(SchemaOutcome.Migrated.class);

      assertThatThrownBy(asleep::get).hasMessageContaining("canceling statement");
      assertThatThrownBy(() -> one(idle, "SELECT 1"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"))
          .hasMessageContaining("tenant_acme");
      assertThat(one(running, "SELECT count(name) FROM item")).isEqualTo("0");
    }
  }

  @Test
  void aGatewaysOwnMigrationWaitsForItsTransactionsAndSaysForWhich() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection busy = gateway.connect("acme")) {
      busy.setAutoCommit(false);
      String backend = one(busy, "SELECT pg_backend_pid() FROM (SELECT count(*) FROM item) x");
      GatewayFixture.migration(
          older.resolve("tenant"), "00002_names.sql", "ALTER TABLE item ADD name text;");
      gateway.gateway().reload();
      Future<Connection> fresh = later(() -> gateway.connect("acme"));
      awaitMark();

      assertThat(get(gateway, "/api/v1/sessions?in_transaction=1ms"))
          .contains("\"tenant\":\"acme\"", "\"backend_pid\":" + backend)
          .contains("\"state\":\"idle in transaction\"");
      assertThat(get(gateway, "/api/v1/sessions?in_transaction=1h")).contains("[]");
      assertThat(get(gateway, "/api/v1/tenants/acme")).contains("\"backend_pid\":" + backend);
      busy.commit();

      try (Connection connection = fresh.get()) {
        assertThat(one(connection, "SELECT count(name) FROM item")).isEqualTo("0");
      }
      assertThat(get(gateway, "/metrics"))
          .contains("tenantgate_drain_seconds_count{outcome=\"quiet\"} 1");
    }
  }

  private static String get(GatewayFixture gateway, String path) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.adminUrl(path))).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void onlineMigrationsHoldNobodyAndAreAppliedMeanwhile() throws Exception {
    GatewayFixture.migration(
        older.resolve("tenant"),
        "00002_index.sql",
        "-- tenantgate: online\nCREATE TABLE other(id int);");
    try (GatewayFixture gateway = gateway(Map.of());
        Connection lock = database.connect()) {
      database.execute("CREATE TABLE tenant_acme.other(id int)");
      database.execute("DROP TABLE tenant_acme.other");
      lock.setAutoCommit(false);
      lock.createStatement().execute("LOCK tenant_acme.schema_migrations IN SHARE MODE");
      try (Connection busy = gateway.connect("acme")) {
        busy.setAutoCommit(false);
        assertThat(one(busy, "SELECT count(*) FROM item")).isEqualTo("0");
        assertThat(version()).isEqualTo(1);
        lock.rollback();
        await().until(() -> version() == 2);
        busy.commit();
      }
    }
  }

  @Test
  void aGatewayThatIsGoneIsWaitedForUntilItsLeaseHasRunOut() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Migrator migrator = drainingFor(Duration.ofSeconds(30), AfterTimeout.POSTPONE)) {
      await().until(() -> members() == 1);
      database.execute(
          "INSERT INTO tenantgate.gateway VALUES ('gone', 'elsewhere', now(), now() + interval"
              + " '1500 ms')");

      SchemaOutcome outcome = migrate(migrator, newer);

      assertThat(outcome)
          .isInstanceOfSatisfying(
              SchemaOutcome.Migrated.class,
              done -> assertThat(done.elapsed()).isGreaterThan(Duration.ofSeconds(1)));
      assertThat(gateway.gateway().held()).isZero();
    }
  }

  @Test
  void aMigratorThatDiesWhileItDrainsReleasesEverybody() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection idle = gateway.connect("acme")) {
      await().until(() -> members() == 1);
      database.execute(
          """
          UPDATE tenantgate.lease SET holder = 'dead', token = token + 1,
            expires_at = now() + interval '1500 ms' WHERE schema_name = 'tenant_acme';
          INSERT INTO tenantgate.drain
            SELECT schema_name, token, now(), NULL FROM tenantgate.lease
            WHERE schema_name = 'tenant_acme'\
          """);
      await()
          .until(
              () ->
                  database
                      .column("SELECT acked::text FROM tenantgate.drain_ack")
                      .equals(List.of("true")));
      Future<String> held = later(() -> one(idle, "SELECT count(*) FROM item"));
      awaitHeld(gateway);

      assertThat(held.get()).isEqualTo("0");
      // Its lease is taken away from it before anybody is let go.
      assertThat(database.column("SELECT holder FROM tenantgate.lease WHERE holder = 'dead'"))
          .isEmpty();
    }
  }

  @Test
  void aGatewayThatIsCutOffBeginsNoTransactionUntilItIsBack() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("gate.lease-timeout", "1s"));
        Connection idle = gateway.connect("acme")) {
      await().until(() -> members() == 1);
      try (Connection lock = database.connect()) {
        // Heartbeats hang: nobody hears of the gateway any more.
        lock.setAutoCommit(false);
        lock.createStatement().execute("LOCK tenantgate.gateway IN EXCLUSIVE MODE");
        await().until(() -> members() == 0);
        Future<String> held = later(() -> one(idle, "SELECT count(*) FROM item"));
        awaitHeld(gateway);
        lock.rollback();

        assertThat(held.get()).isEqualTo("0");
      }
    }
  }

  private int members() {
    return database.column("SELECT id FROM tenantgate.gateway WHERE expires_at > now()").size();
  }

  @Test
  void aGatewayThatComesInTheMiddleOfAMigrationHoldsItsTenantUntilThatIsOver() throws Exception {
    database.execute("CREATE SCHEMA tenant_globex");
    GatewayFixture.migration(
        newer.resolve("tenant"),
        "00002_names.sql",
        "ALTER TABLE item ADD name text; SET LOCAL lock_timeout = 0;"
            + " SELECT pg_advisory_xact_lock(7);");
    try (Connection blocker = database.connect();
        Migrator migrator = migrator(newer, Map.of())) {
      one(blocker, "SELECT pg_advisory_lock(7)");
      Future<SchemaOutcome> run = migrating(migrator);
      await()
          .until(
              () ->
                  !database
                      .column(
                          "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory'"
                              + " AND datname = current_database()")
                      .isEmpty());
      try (GatewayFixture gateway = gateway(Map.of())) {
        Future<String> client =
            later(
                () -> {
                  try (Connection connection = gateway.connect("acme")) {
                    return one(connection, "SELECT max(version) FROM schema_migrations");
                  }
                });
        awaitHeld(gateway);
        // Others are let in: the gateway is among those on its database.
        gateway.connect("globex").close();
        assertThat(gateway.gateway().held()).isEqualTo(1);

        one(blocker, "SELECT pg_advisory_unlock(7)");

        assertThat(client.get()).isEqualTo("2");
        assertThat(run.get().succeeded()).isTrue();
      }
    }
  }
}

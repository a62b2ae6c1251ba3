package dev.tenantgate.gateway.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.DrainSettings.AfterTimeout;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Transactions of gateways, while the migrator waits for them. */
class DrainIT extends DrainGround {

  @BothModes
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
      // The transaction under way goes on, on the schema that it began with.
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

  @BothModes
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
}

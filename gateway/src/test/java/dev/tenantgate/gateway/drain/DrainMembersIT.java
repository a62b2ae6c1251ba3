package dev.tenantgate.gateway.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.DrainSettings.AfterTimeout;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Gateways and migrators that come, go, or are cut off while a schema is drained. */
class DrainMembersIT extends DrainGround {

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

package dev.tenantgate.gateway.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway that is killed in the middle of a rollout, and the clients of another one. All that a
 * gateway leaves behind expires after a minute here: whoever goes on earlier has found out that it
 * is gone.
 */
@Timeout(120)
class KilledGatewayIT {

  private static final Duration WELL_BEFORE_EXPIRY = Duration.ofSeconds(30);

  @TempDir Path folder;
  private TestDatabase database;
  private GatewayProcess doomed;
  private GatewayFixture other;

  @BeforeEach
  void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA signal; CREATE TABLE signal.go ()");
    migration(1, "CREATE TABLE item (id int);");
    doomed = GatewayProcess.start(folder, database, settings());
    other = GatewayFixture.start(database, folder.resolve("migrations"), settings());
    doomed.awaitReady();
    assertThat(upgrade(other.adminUrl(""), true)).isEqualTo(200);
  }

  @AfterEach
  void stop() {
    doomed.close();
    other.close();
    database.close();
  }

  private void migration(int version, String sql) {
    GatewayFixture.migration(folder.resolve("migrations"), "%05d_step.sql".formatted(version), sql);
  }

  private static Map<String, String> settings() {
    return Map.of(
        "migrations.lease-timeout", "1m",
        "gate.lease-timeout", "1m",
        "gate.hold-timeout", "1m",
        "pool.mode", "transaction",
        "auth.method", "trust");
  }

  /** Has the tenant be brought up to date; the status of the answer. */
  private static int upgrade(String adminUrl, boolean wait) throws Exception {
    URI uri = URI.create(adminUrl + "/api/v1/tenants/acme/upgrade?wait=" + wait);
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(uri).POST(BodyPublishers.noBody()).build(),
            BodyHandlers.discarding())
        .statusCode();
  }

  private String value(String query) {
    return String.valueOf(database.value(query));
  }

  /** Prints how long after the kill something was there. */
  private static void report(String what, Instant killed, Instant then) {
    System.out.printf("%s: %d ms%n", what, Duration.between(killed, then).toMillis());
  }

  @Test
  void theMigrationThatItWasAtIsTakenOverAtOnce() throws Exception {
    migration(
        2,
        "ALTER TABLE item ADD name text;"
            + " SELECT pg_sleep(3600) WHERE NOT EXISTS (SELECT FROM signal.go);");
    doomed.reload();
    other.gateway().reload();
    assertThat(upgrade(doomed.adminUrl(), false)).isEqualTo(202);
    await()
        .until(
            () ->
                value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                    .equals("1"));
    String begunBy = value("SELECT holder FROM tenantgate.lease WHERE schema_name = 'tenant_acme'");
    try (HeldFleet clients = new HeldFleet()) {
      clients.connect(
          other.port(),
          3,
          Map.of(
              "user",
              "postgres",
              "database",
              database.name(),
              "options",
              "-c tenantgate.tenant=acme"));
      await().until(() -> other.gateway().held() == 3);
      database.execute("INSERT INTO signal.go DEFAULT VALUES");

      doomed.kill();
      Instant killed = Instant.now();

      await().atMost(WELL_BEFORE_EXPIRY).until(() -> clients.released().size() == 3);
      assertThat(clients.refused()).isZero();
      report("others' clients, held by a migration", killed, clients.released().get(2));
    }
    assertThat(begunBy).contains(":" + doomed.pid() + ":");
    // Its work was undone, and done again once, by the other.
    assertThat(
            database.column("SELECT version::text FROM tenant_acme.schema_migrations ORDER BY 1"))
        .containsExactly("1", "2");
    assertThat(value("SELECT count(*) FROM tenantgate.journal WHERE version = 2 AND action = 'up'"))
        .isEqualTo("1");
  }

  @Test
  void nobodyWaitsForItsAnswerToADrain() throws Exception {
    migration(2, "ALTER TABLE item ADD name text;");
    try (Connection client =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres&options=-c%%20tenantgate.tenant=acme"
                    .formatted(doomed.port(), database.name()));
        Statement statement = client.createStatement()) {
      client.setAutoCommit(false);
      statement.execute("INSERT INTO item VALUES (1)");
      other.gateway().reload();

      doomed.kill();
      Instant killed = Instant.now();

      assertThat(upgrade(other.adminUrl(""), true)).isEqualTo(200);
      report("a migration, with a transaction of it open", killed, Instant.now());
    }
    assertThat(value("SELECT count(*) FROM tenant_acme.item")).isEqualTo("0");
    assertThat(value("SELECT max(version) FROM tenant_acme.schema_migrations")).isEqualTo("2");
  }
}

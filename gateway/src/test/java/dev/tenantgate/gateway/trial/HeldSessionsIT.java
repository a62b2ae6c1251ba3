package dev.tenantgate.gateway.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many sessions held at once: all of them come through, and who gives up leaves nothing behind. In
 * full, with 10,000 and their cost: {@code -Dtenantgate.trial=full}.
 */
class HeldSessionsIT {

  private static final boolean FULL = "full".equals(System.getProperty("tenantgate.trial"));
  private static final int SESSIONS = FULL ? 10_000 : 500;

  /** So many that nobody would take them for what is left behind of all. */
  private static final int FEW = 40;

  private static final Duration LIMIT = Duration.ofMinutes(1);

  private static final String BACKENDS =
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
          + " AND application_name = 'held'";

  @TempDir Path folder;
  private TestDatabase database;
  private GatewayProcess gateway;

  @BeforeEach
  void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    GatewayFixture.migration(
        folder.resolve("migrations"), "00001_sites.sql", "CREATE TABLE sites (id int);");
    gateway =
        GatewayProcess.start(
            folder,
            database,
            Map.of(
                "migrations.trigger",
                "manual",
                "pool.mode",
                "transaction",
                "auth.method",
                "trust",
                "gate.hold-timeout",
                "5m",
                "gate.max-held-per-tenant",
                Integer.toString(SESSIONS)));
    gateway.awaitReady();
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    database.close();
  }

  private Map<String, String> startup() {
    return Map.of(
        "user",
        "postgres",
        "database",
        database.name(),
        "application_name",
        "held",
        "options",
        "-c tenantgate.tenant=acme");
  }

  private void awaitHeld(int sessions) {
    await().atMost(LIMIT).until(() -> gateway.metric("tenantgate_held_connections") == sessions);
  }

  @Test
  void allAreReleasedAndWhoGivesUpLeavesNothingBehind() throws Exception {
    try (HeldFleet first = new HeldFleet()) {
      // The first ones have loaded and opened what stays.
      first.connect(gateway.port(), FEW, startup());
      awaitHeld(FEW);
    }
    awaitHeld(0);
    Footprint empty = Footprint.of(gateway.pid());
    try (HeldFleet givingUp = new HeldFleet()) {
      givingUp.connect(gateway.port(), SESSIONS, startup());
      awaitHeld(SESSIONS);
      assertThat(database.value(BACKENDS)).isEqualTo("0");
      report("per held session", Footprint.of(gateway.pid()).perThingSince(empty, SESSIONS));
    }
    awaitNothingLeft(empty);
    report("before", empty.toString());
    report("when they have left", Footprint.of(gateway.pid()).toString());

    try (HeldFleet patient = new HeldFleet()) {
      patient.connect(gateway.port(), SESSIONS, startup());
      awaitHeld(SESSIONS);
      report("per held session, again", Footprint.of(gateway.pid()).perThingSince(empty, SESSIONS));
      assertThat(gateway.request("POST", "/api/v1/tenants/acme/upgrade?wait=true").statusCode())
          .isEqualTo(200);
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> assertThat(patient.released().size() + patient.refused()).isEqualTo(SESSIONS));
      Instant committed = commit();
      report("first released after", patient.released().get(0), committed);
      report("last released after", patient.released().get(SESSIONS - 1), committed);
      assertThat(patient.refused()).isZero();
      assertThat(gateway.metric("tenantgate_pool_wait_seconds_count"))
          .as("who had to wait for a backend, only to learn what the others know")
          .isLessThan(FEW);
    }
    awaitNothingLeft(empty);
    report("when these have left", Footprint.of(gateway.pid()).toString());
  }

  private void awaitNothingLeft(Footprint empty) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              assertThat(gateway.metric("tenantgate_held_connections")).isZero();
              assertThat(gateway.metric("tenantgate_client_connections")).isZero();
              assertThat(Footprint.files(gateway.pid())).isLessThan(empty.files() + FEW);
            });
  }

  /** When the migration was committed; both clocks are this machine's. */
  private Instant commit() {
    return Instant.parse(
        String.valueOf(
            database.value(
                "SELECT to_char(pg_xact_commit_timestamp(xmin) AT TIME ZONE 'UTC',"
                    + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                    + " FROM tenant_acme.schema_migrations")));
  }

  private static void report(String what, Instant moment, Instant committed) {
    report(what, Duration.between(committed, moment).toNanos() / 1_000_000.0 + " ms");
  }

  private static void report(String what, String figure) {
    if (FULL) {
      System.out.printf("  %,d sessions, %s: %s%n", SESSIONS, what, figure);
    }
  }
}

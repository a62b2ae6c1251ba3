package dev.tenantgate.gateway.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All pods of an application start at once, on tenants that all lag: those that most of them wait
 * for come first. In full, a thousand connections: {@code -Dtenantgate.trial=full}.
 */
class ConnectStormIT {

  private static final int TENANTS =
      "full".equals(System.getProperty("tenantgate.trial")) ? 44 : 16;
  private static final int CONNECTIONS = TENANTS * (TENANTS + 1) / 2;
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path migrations;
  private TestDatabase database;

  @BeforeEach
  void makeTenants() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_first; CREATE TABLE tenant_first.sites (id int)");
    for (int tenant = 1; tenant <= TENANTS; tenant++) {
      database.execute("CREATE SCHEMA tenant_t%d".formatted(tenant));
    }
    GatewayFixture.migration(
        migrations,
        "00001_sites.sql",
        "CREATE TABLE IF NOT EXISTS sites (id int); ALTER TABLE sites ADD COLUMN name text;");
  }

  @AfterEach
  void dropTenants() {
    database.close();
  }

  private Map<String, String> startup(String tenant) {
    return Map.of(
        "user",
        "postgres",
        "database",
        database.name(),
        "options",
        "-c tenantgate.tenant=" + tenant);
  }

  @Test
  void theMostWantedTenantsComeFirst() throws Exception {
    // Of tenant n there are n connections, in no order.
    List<Integer> arrivals = new ArrayList<>();
    IntStream.rangeClosed(1, TENANTS)
        .forEach(tenant -> arrivals.addAll(Collections.nCopies(tenant, tenant)));
    Collections.shuffle(arrivals, new Random(1));
    try (GatewayFixture gateway =
            GatewayFixture.start(
                database,
                migrations,
                Map.of(
                    "pool.mode",
                    "transaction",
                    "auth.method",
                    "trust",
                    "migrations.workers",
                    "1",
                    "migrations.lock-timeout",
                    "1m"));
        HeldFleet pods = new HeldFleet();
        Connection blocker = database.connect();
        Statement lock = blocker.createStatement()) {
      blocker.setAutoCommit(false);
      lock.execute("LOCK TABLE tenant_first.sites IN ACCESS SHARE MODE");
      pods.connect(gateway.port(), 1, startup("first"));
      await().atMost(LIMIT).until(() -> !database.column(WAITING).isEmpty());
      for (int tenant : arrivals) {
        pods.connect(gateway.port(), 1, startup("t" + tenant));
      }
      await().atMost(LIMIT).until(() -> gateway.gateway().held() == CONNECTIONS + 1);

      blocker.commit();

      await().atMost(LIMIT).until(() -> pods.released().size() == CONNECTIONS + 1);
      assertThat(pods.refused()).isZero();
      assertThat(orderOfCommits())
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, TENANTS).mapToObj(back -> TENANTS + 1 - back).toList());
    }
  }

  private static final String WAITING =
      "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'tenant_first.sites'::regclass";

  private List<Integer> orderOfCommits() {
    List<String> each = new ArrayList<>();
    for (int tenant = 1; tenant <= TENANTS; tenant++) {
      each.add(
          "SELECT %1$d AS tenant, pg_xact_commit_timestamp(xmin) AS at FROM tenant_t%1$d.schema_migrations"
              .formatted(tenant));
    }
    return database
        .column("SELECT tenant FROM (" + String.join(" UNION ALL ", each) + ") c ORDER BY at")
        .stream()
        .map(Integer::valueOf)
        .toList();
  }
}

package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * With four backends, 64 clients of 200 tenants do all that clients do: no answer is another
 * tenant's. Runs for the seconds of the property {@code tenantgate.leak-check.seconds}.
 */
class LeakCheckIT {

  private static final int TENANTS = 200;
  private static final int CLIENTS = 64;

  @TempDir static Path migrations;

  @Test
  void everyAnswerBearsItsTenantsMark() throws Exception {
    long seconds = Long.getLong("tenantgate.leak-check.seconds", 5);
    long seed = Long.getLong("tenantgate.leak-check.seed", System.nanoTime());
    try (TestDatabase database = TestPostgres.oldest().newDatabase()) {
      database.execute(LeakChecker.script(TENANTS));
      try (GatewayFixture gateway = gateway(database, database.server().port())) {
        LeakChecker checker = new LeakChecker(gateway.port(), database.name(), TENANTS);
        checker.run(CLIENTS, Duration.ofSeconds(seconds), seed);
        assertThat(checker.faults()).as("seed %d", seed).isEmpty();
        assertThat(checker.checked()).isPositive();
      }
    }
  }

  /** Now and then a backend is told another tenant's path: who checks for leaks has to see it. */
  @Test
  void theCheckerSeesALeak() throws Exception {
    try (TestDatabase database = TestPostgres.oldest().newDatabase()) {
      database.execute(LeakChecker.script(TENANTS));
      try (LeakyConnection leaky = new LeakyConnection(database.server().port());
          GatewayFixture gateway = gateway(database, leaky.port())) {
        LeakChecker checker = new LeakChecker(gateway.port(), database.name(), TENANTS);
        checker.run(CLIENTS, Duration.ofSeconds(20), 1);
        assertThat(checker.faults()).isNotEmpty();
      }
    }
  }

  private static GatewayFixture gateway(TestDatabase database, int port) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of(
            "database.url",
            "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"
                .formatted(port, database.name()),
            "pool.mode",
            "transaction",
            "pool.size",
            "4",
            "auth.method",
            "trust"));
  }
}

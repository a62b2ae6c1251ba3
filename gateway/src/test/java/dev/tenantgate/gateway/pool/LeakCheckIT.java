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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With four backends, 64 clients of 50 tenants do all that clients do: no answer is another
 * tenant's. Runs for the seconds of the property {@code tenantgate.leak-check.seconds}.
 */
class LeakCheckIT {

  private static final int TENANTS = 50;
  private static final int CLIENTS = 64;

  @TempDir static Path migrations;

  /**
   * On one event loop before a server that reports no path, and on three, which hand four backends
   * to and fro, before one that does.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void everyAnswerBearsItsTenantsMark(int eventLoops) throws Exception {
    long seconds = Long.getLong("tenantgate.leak-check.seconds", 2);
    long seed = Long.getLong("tenantgate.leak-check.seed", System.nanoTime());
    TestPostgres server = eventLoops == 1 ? TestPostgres.oldest() : TestPostgres.latest();
    try (TestDatabase database = server.newDatabase()) {
      database.execute(LeakChecker.script(TENANTS));
      try (GatewayFixture gateway = gateway(database, eventLoops)) {
        LeakChecker checker = new LeakChecker(gateway.port(), database.name(), TENANTS);
        checker.run(CLIENTS, Duration.ofSeconds(seconds), seed);
        assertThat(checker.faults()).as("seed %d", seed).isEmpty();
        assertThat(checker.checked()).isPositive();
      }
    }
  }

  /** A build that now and then forgets to restore a path: who checks for leaks has to see it. */
  @Test
  void theCheckerSeesALeak(@TempDir Path classes) throws Exception {
    try (TestDatabase database = TestPostgres.oldest().newDatabase()) {
      database.execute(LeakChecker.script(TENANTS));
      try (LeakyBuild.Running leaky =
          new LeakyBuild(classes).start(database, migrations, settings(database, 1))) {
        LeakChecker checker = new LeakChecker(leaky.port(), database.name(), TENANTS);
        checker.run(CLIENTS, Duration.ofMinutes(1), 1);
        assertThat(checker.faults()).isNotEmpty();
      }
    }
  }

  private static GatewayFixture gateway(TestDatabase database, int eventLoops) {
    return GatewayFixture.start(database, migrations, settings(database, eventLoops));
  }

  private static Map<String, String> settings(TestDatabase database, int eventLoops) {
    return Map.of(
        "database.url",
        "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"
            .formatted(database.server().port(), database.name()),
        "listen.threads",
        String.valueOf(eventLoops),
        "pool.mode",
        "transaction",
        "pool.size",
        "4",
        "auth.method",
        "trust");
  }
}

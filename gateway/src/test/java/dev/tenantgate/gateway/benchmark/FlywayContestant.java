package dev.tenantgate.gateway.benchmark;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * Flyway, looped over the schemas on as many threads as there are workers, as its documentation has
 * it for a schema per tenant: one {@code Flyway} for each. Its connections come from a pool that
 * keeps them, and are two for each thread, since it takes two.
 */
final class FlywayContestant implements Contestant {

  private static final int CONNECTIONS_PER_THREAD = 2;

  private final BenchmarkServer server;
  private final List<String> schemas;
  private final Path migrations;
  private final int threads;

  FlywayContestant(BenchmarkServer server, List<String> schemas, Path migrations, int threads) {
    this.server = server;
    this.schemas = List.copyOf(schemas);
    this.migrations = migrations;
    this.threads = threads;
  }

  @Override
  public String name() {
    Package flyway = Flyway.class.getPackage();
    String version = flyway.getImplementationVersion();
    return version == null ? "Flyway" : "Flyway " + version;
  }

  @Override
  public int schemas() {
    return schemas.size();
  }

  @Override
  public void prepare(SmallMigration migration) throws Exception {
    migration.writeFlyway(migrations);
  }

  @Override
  public Duration migrate(int expected) throws Exception {
    long started = System.nanoTime();
    List<Future<Integer>> executed;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try (HikariDataSource connections = new HikariDataSource(pool())) {
      executed =
          executor.invokeAll(
              schemas.stream()
                  .map(
                      schema ->
                          (java.util.concurrent.Callable<Integer>)
                              () -> migrate(connections, schema))
                  .toList());
    } finally {
      executor.shutdown();
    }
    Duration elapsed = Duration.ofNanos(System.nanoTime() - started);
    List<Integer> counts = new ArrayList<>();
    for (Future<Integer> each : executed) {
      counts.add(each.get());
    }
    if (counts.stream().anyMatch(count -> count != expected)) {
      throw new IllegalStateException("Flyway applied something else than expected: " + counts);
    }
    return elapsed;
  }

  private int migrate(DataSource connections, String schema) {
    return Flyway.configure()
        .dataSource(connections)
        .schemas(schema)
        .locations("filesystem:" + migrations)
        // The tenants' first table is there: version 1.
        .baselineOnMigrate(true)
        .load()
        .migrate()
        .migrationsExecuted;
  }

  private HikariConfig pool() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.jdbcUrl());
    config.setUsername(server.user());
    config.setPassword(server.password());
    config.setMaximumPoolSize(CONNECTIONS_PER_THREAD * threads);
    config.setPoolName("flyway");
    return config;
  }
}

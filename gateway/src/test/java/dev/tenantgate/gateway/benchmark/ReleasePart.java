package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.trial.GatewayProcess;
import dev.tenantgate.gateway.trial.HeldFleet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The part of the table about held sessions: from the commit of a migration to the ReadyForQuery of
 * one that waited for it, at the gateway that migrated and at another one. The server knows when it
 * committed ({@code track_commit_timestamp}), by the same clock. In a database of its own. Confined
 * to one thread.
 */
final class ReleasePart {

  private static final double SAME_TARGET_MILLIS = 5;
  private static final double OTHER_TARGET_MILLIS = 12;
  private static final int MOST_TO_WARM_UP = 20;
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String TENANT = "released";

  private final BenchmarkServer server;
  private final BenchmarkTable table;
  private final Path folder;
  private final String database;

  ReleasePart(Ground ground, BenchmarkTable table) {
    this.server = ground.server();
    this.table = table;
    this.folder = ground.folder().resolve("release");
    this.database = server.database() + "_release";
  }

  /** Runs so many migrations that count, and some before them. */
  void run(int rounds) throws Exception {
    table.line("");
    table.line("From a migration's commit to a held session's ReadyForQuery");
    if (!"on".equals(value("SHOW track_commit_timestamp", server.database()))) {
      table.line("  not measured: the server has no track_commit_timestamp = on");
      return;
    }
    Files.createDirectories(folder);
    server.execute("CREATE DATABASE " + database);
    migration(1);
    try {
      execute("CREATE SCHEMA tenant_" + TENANT);
      try (GatewayProcess migrating = gateway("migrating");
          GatewayProcess other = gateway("other")) {
        migrating.awaitReady();
        other.awaitReady();
        measure(migrating, other, rounds);
      }
    } finally {
      server.execute("DROP DATABASE " + database + " WITH (FORCE)");
    }
  }

  private void measure(GatewayProcess migrating, GatewayProcess other, int rounds)
      throws Exception {
    List<Double> atTheSame = new ArrayList<>();
    List<Double> atTheOther = new ArrayList<>();
    int warmUp = Math.min(rounds, MOST_TO_WARM_UP);
    for (int version = 1; version <= warmUp + rounds; version++) {
      migration(version);
      migrating.reload();
      other.reload();
      try (HeldFleet here = new HeldFleet();
          HeldFleet there = new HeldFleet()) {
        hold(here, migrating);
        hold(there, other);
        migrating.request("POST", "/api/v1/tenants/%s/upgrade?wait=true".formatted(TENANT));
        Instant first = released(here);
        Instant second = released(there);
        Instant committed = commit(version);
        if (version > warmUp) {
          atTheSame.add(millis(committed, first));
          atTheOther.add(millis(committed, second));
        }
      }
    }
    row("at the gateway that migrated", atTheSame, SAME_TARGET_MILLIS);
    row("at another gateway", atTheOther, OTHER_TARGET_MILLIS);
  }

  private void row(String where, List<Double> millis, double target) {
    Collections.sort(millis);
    table.line(
        "  %-30s median %.2f ms, 99th percentile %s, longest %.2f ms"
            .formatted(
                where,
                at(millis, 0.5),
                table.below(at(millis, 0.99), target, "ms"),
                at(millis, 1)));
  }

  private static double at(List<Double> sorted, double share) {
    return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }

  private static double millis(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e6;
  }

  private void migration(int version) {
    GatewayFixture.migration(
        folder.resolve("migrations"),
        "%05d_step.sql".formatted(version),
        "CREATE TABLE step_%d (id int);".formatted(version));
  }

  private GatewayProcess gateway(String name) throws Exception {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(
        "database.url",
        "postgresql://%s@%s:%d/%s?sslmode=disable"
            .formatted(server.user(), server.host(), server.port(), database));
    if (!server.password().isEmpty()) {
      settings.put("database.password", server.password());
    }
    settings.put("migrations.locations", "[" + folder.resolve("migrations") + "]");
    settings.put("migrations.trigger", "manual");
    settings.put("pool.mode", "transaction");
    settings.put("auth.method", "trust");
    return GatewayProcess.start(folder, name, settings);
  }

  private void hold(HeldFleet fleet, GatewayProcess gateway) throws Exception {
    fleet.connect(
        gateway.port(),
        1,
        Map.of(
            "user",
            server.user(),
            "database",
            database,
            "options",
            "-c tenantgate.tenant=" + TENANT));
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (gateway.metric("tenantgate_held_connections") < 1) {
      await(deadline, "nobody is held");
    }
  }

  private static Instant released(HeldFleet fleet) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (fleet.released().isEmpty()) {
      await(deadline, "nobody is released");
    }
    return fleet.released().get(0);
  }

  private static void await(long deadline, String otherwise) throws InterruptedException {
    if (System.nanoTime() > deadline) {
      throw new IllegalStateException(otherwise);
    }
    TimeUnit.MILLISECONDS.sleep(5);
  }

  private Instant commit(int version) throws SQLException {
    return OffsetDateTime.parse(
            value(
                "SELECT to_char(pg_xact_commit_timestamp(xmin) AT TIME ZONE 'UTC',"
                    + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM tenant_%s.schema_migrations"
                        .formatted(TENANT)
                    + " WHERE version = "
                    + version,
                database))
        .toInstant();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String value(String query, String where) throws SQLException {
    try (Connection connection = connect(where);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }

  private Connection connect(String where) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s?sslmode=disable".formatted(server.host(), server.port(), where),
        server.user(),
        server.password());
  }
}

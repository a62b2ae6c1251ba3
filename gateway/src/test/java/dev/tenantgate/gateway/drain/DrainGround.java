package dev.tenantgate.gateway.drain;

import static org.assertj.core.api.Assertions.assertThat;
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
import org.junit.jupiter.api.io.TempDir;

/**
 * Gateways of an older release, which need version 1, while a migrator of a newer one brings their
 * tenant to version 2.
 */
abstract class DrainGround {

  @TempDir Path older;
  @TempDir Path newer;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  TestDatabase database;

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

  GatewayFixture gateway(Map<String, String> changes) {
    Map<String, String> all = new HashMap<>(Map.of("gate.lease-timeout", "2s"));
    all.putAll(changes);
    return GatewayFixture.start(database, older, all);
  }

  Settings settings(Path folder, Map<String, String> changes) {
    try {
      return GatewayFixture.settings(database, folder, changes);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  Migrator migrator(Path folder, Map<String, String> changes) {
    return Migrator.open(settings(folder, changes));
  }

  Migrator drainingFor(Duration timeout, AfterTimeout after) {
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

  SchemaOutcome migrate(Migrator migrator, Path folder) throws Exception {
    Changelog changelog = ChangelogReader.read(settings(folder, Map.of()).migrations()).changelog();
    return migrator
        .runs()
        .migrate(
            changelog,
            new SchemaRef("tenant_acme", "acme"),
            new Target.Latest(),
            FleetListener.NONE);
  }

  Future<SchemaOutcome> migrating(Migrator migrator) {
    return threads.submit(() -> migrate(migrator, newer));
  }

  <T> Future<T> later(Callable<T> task) {
    return threads.submit(task);
  }

  static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }

  void awaitMark() {
    await().until(() -> !database.column("SELECT token::text FROM tenantgate.drain").isEmpty());
  }

  int version() {
    return Integer.parseInt(
        database.column("SELECT max(version)::text FROM tenant_acme.schema_migrations").get(0));
  }

  /**
   * A gateway may hear of the mark a moment after the database has it: what ran before is again.
   */
  String oneBehindMigration(Connection connection) throws SQLException {
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

  Connection connectBehindMigration(GatewayFixture gateway) throws SQLException {
    while (true) {
      Connection connection = gateway.connect("acme");
      if (version() > 1) {
        return connection;
      }
      connection.close();
    }
  }

  static void awaitHeld(GatewayFixture gateway) {
    await().until(() -> gateway.gateway().held() == 1);
  }
}

package dev.tenantgate.gateway.otlp;

import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.otlp.OtlpCollector.Taken;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * Gateways of both kinds of pooling that send their spans to one collector, for one class of tests.
 */
abstract class TracingGround {

  static final String PARENT = "00f067aa0ba902b7";

  static final Map<String, GatewayFixture> gateways = new ConcurrentHashMap<>();

  @TempDir static Path migrations;
  static TestDatabase database;
  static OtlpCollector collector;
  static int tenants;

  @BeforeAll
  static void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    GatewayFixture.migration(
        migrations.resolve("tenant"), "00001_item.sql", "CREATE TABLE item(id int PRIMARY KEY);");
    GatewayFixture.migration(
        migrations.resolve("tenant"), "00002_name.sql", "ALTER TABLE item ADD name text;");
    collector = new OtlpCollector();
  }

  @AfterAll
  static void stop() {
    gateways.values().forEach(GatewayFixture::close);
    collector.close();
    database.close();
  }

  /** The one that tests share. */
  static GatewayFixture gateway(String mode) {
    return gateways.computeIfAbsent(mode, of -> gateway(of, Map.of()));
  }

  static GatewayFixture gateway(String mode, Map<String, String> changes) {
    Map<String, String> all = new HashMap<>();
    all.put("pool.mode", mode);
    all.put("auth.method", "trust");
    all.put("tracing.endpoint", collector.endpoint());
    all.putAll(changes);
    return GatewayFixture.start(database, migrations, all);
  }

  /** A tenant without a migration. */
  static synchronized String newTenant() {
    String name = "t" + ++tenants;
    database.execute("CREATE SCHEMA tenant_" + name);
    return name;
  }

  static Connection connect(GatewayFixture gateway, String tenant, @Nullable String parent)
      throws SQLException {
    Map<String, String> properties =
        new HashMap<>(Map.of("currentSchema", "tenant_" + tenant, "prepareThreshold", "0"));
    if (parent != null) {
      properties.put("options", "-c tenantgate.traceparent=" + parent);
    }
    return gateway.connect(properties);
  }

  static String newTrace() {
    byte[] id = new byte[16];
    ThreadLocalRandom.current().nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  static String parent(String trace, String flags) {
    return "00-" + trace + "-" + PARENT + "-" + flags;
  }

  static Taken span(String name, String trace) {
    return await().until(() -> collector.find(name, trace), span -> span != null);
  }

  static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return String.valueOf(rows.getString(1));
    }
  }
}

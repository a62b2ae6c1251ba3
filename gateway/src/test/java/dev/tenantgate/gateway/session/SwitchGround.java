package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tenants on a real database with real migrations, for sessions that go from one to another. */
abstract class SwitchGround {

  @TempDir Path migrations;
  TestDatabase database;

  @BeforeEach
  void makeTenants() {
    prepare(TestPostgres.latest().newDatabase());
  }

  final void prepare(TestDatabase fresh) {
    database = fresh;
    for (String tenant : List.of("acme", "globex", "initech")) {
      database.execute(
          "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.sites(id int, mark text);"
                  .formatted(tenant)
              + "INSERT INTO tenant_%1$s.sites VALUES (1, '%1$s')".formatted(tenant));
    }
    migration(
        migrations.resolve("tenant"),
        "00001_add_status.sql",
        "ALTER TABLE sites ADD COLUMN status text DEFAULT 'new';");
  }

  @AfterEach
  void dropTenants() {
    database.close();
  }

  GatewayFixture gateway(Map<String, String> settings) {
    return GatewayFixture.start(database, migrations, settings);
  }

  /** A gateway that rejects whoever lags; only acme doesn't. */
  GatewayFixture strict(Map<String, String> more) throws SQLException {
    try (GatewayFixture migrating = gateway(Map.of())) {
      migrating.connect("acme").close();
    }
    Map<String, String> settings = new java.util.HashMap<>(more);
    settings.put("gate.policy", "reject");
    return gateway(settings);
  }

  SocketClient login(GatewayFixture gateway) throws Exception {
    SocketClient client = SocketClient.connect(gateway.port());
    client.startsUp(startup("tenant_acme"));
    client.readUntil('Z');
    return client;
  }

  Map<String, String> startup(String searchPath) {
    return Map.of("user", "postgres", "database", database.name(), "search_path", searchPath);
  }

  /** Parse, Bind and Execute, all unnamed. */
  static String extended(String sql) {
    return "P - " + sql + " & B - & E";
  }

  /** The types of the answer, and the transaction's status. */
  static String status(SocketClient client, String sql) throws Exception {
    client.sends("Q " + sql);
    List<Frame> answer = client.readUntil('Z');
    return Frame.types(answer).replace("S", "") + (char) last(answer).body()[0];
  }

  static Frame last(List<Frame> messages) {
    return messages.get(messages.size() - 1);
  }

  static String text(List<Frame> messages) {
    StringBuilder text = new StringBuilder();
    for (Frame message : messages) {
      text.append(new String(message.body(), java.nio.charset.StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

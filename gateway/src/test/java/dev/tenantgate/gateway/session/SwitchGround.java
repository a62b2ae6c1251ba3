package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
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
    prepare(database, migrations);
  }

  /** Makes three tenants, and a migration that all of them lack. */
  static void prepare(TestDatabase database, Path migrations) {
    List.of("acme", "globex", "initech").forEach(tenant -> makeTenant(database, tenant));
    migration(
        migrations.resolve("tenant"),
        "00001_add_status.sql",
        "ALTER TABLE sites ADD COLUMN status text DEFAULT 'new';");
  }

  static void makeTenant(TestDatabase database, String tenant) {
    database.execute(
        "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.sites(id int, mark text);"
                .formatted(tenant)
            + "INSERT INTO tenant_%1$s.sites VALUES (1, '%1$s')".formatted(tenant));
  }

  @AfterEach
  void dropTenants() {
    database.close();
  }

  GatewayFixture gateway(String mode, Map<String, String> settings) {
    return gateway(database, migrations, mode, settings);
  }

  private static GatewayFixture gateway(
      TestDatabase database, Path migrations, String mode, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("pool.mode", mode);
    if (mode.equals("transaction")) {
      settings.put("pool.size", "2");
      settings.put("auth.method", "trust");
    }
    return GatewayFixture.start(database, migrations, settings);
  }

  /** A gateway that rejects tenants that lag; only acme doesn't. */
  GatewayFixture strict(String mode) throws SQLException {
    return strict(database, migrations, mode);
  }

  static GatewayFixture strict(TestDatabase database, Path migrations, String mode)
      throws SQLException {
    try (GatewayFixture migrating = gateway(database, migrations, mode, Map.of())) {
      migrating.connect("acme").close();
    }
    return gateway(database, migrations, mode, Map.of("gate.policy", "reject"));
  }

  SocketClient login(GatewayFixture gateway) {
    return login(gateway, "tenant_acme");
  }

  SocketClient login(GatewayFixture gateway, String path) {
    return SocketClient.login(gateway.port(), database.name(), path, Map.of());
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

  static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

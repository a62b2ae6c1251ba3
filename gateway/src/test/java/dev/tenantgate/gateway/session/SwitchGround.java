package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient.Message;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.ByteBuffer;
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

  RawClient login(GatewayFixture gateway) throws Exception {
    RawClient client = new RawClient(gateway.port());
    client.send(startup("tenant_acme"));
    client.readUntil('Z');
    return client;
  }

  byte[] startup(String searchPath) {
    return RawClient.startup(
        Map.of("user", "postgres", "database", database.name(), "search_path", searchPath));
  }

  /** Parse, Bind and Execute, all unnamed. */
  static byte[] extended(String sql) {
    byte[] text = sql.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return join(
        RawClient.message(
            'P', ByteBuffer.allocate(text.length + 4).put((byte) 0).put(text).array()),
        RawClient.message('B', new byte[8]),
        RawClient.message('E', new byte[5]));
  }

  static byte[] join(byte[]... parts) {
    int bytes = 0;
    for (byte[] part : parts) {
      bytes += part.length;
    }
    ByteBuffer all = ByteBuffer.allocate(bytes);
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }

  /** The types of the answer, and the transaction's status. */
  static String status(RawClient client, String sql) throws Exception {
    client.send(RawClient.query(sql));
    List<Message> answer = client.readUntil('Z');
    return RawClient.types(answer).replace("S", "") + (char) last(answer).body()[0];
  }

  static Message last(List<Message> messages) {
    return messages.get(messages.size() - 1);
  }

  static String text(List<Message> messages) {
    StringBuilder text = new StringBuilder();
    for (Message message : messages) {
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

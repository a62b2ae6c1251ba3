package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient.Message;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pipelines in which fewer ReadyForQuery come than messages that end an exchange were sent: the
 * session has to be known to be idle afterwards, or its next transaction wouldn't be gated.
 */
class ExchangeIT {

  @TempDir Path migrations;
  private TestDatabase database;

  @BeforeEach
  void makeTenant() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    migration(migrations, "00001_items.sql", "CREATE TABLE item(id int);");
  }

  @AfterEach
  void dropTenant() {
    database.close();
  }

  private interface Conversation {
    void with(RawClient client) throws Exception;
  }

  /** After the conversation the session's tenant lags: its next query waits for the migration. */
  private void isGatedAfter(Conversation conversation) throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(database, migrations, Map.of());
        RawClient client = new RawClient(gateway.port())) {
      client.send(
          RawClient.startup(
              Map.of(
                  "user", "postgres", "database", database.name(), "search_path", "tenant_acme")));
      client.readUntil('Z');
      conversation.with(client);
      migration(migrations, "00002_notes.sql", "ALTER TABLE item ADD note text DEFAULT 'new';");
      gateway.gateway().reload();
      client.send(RawClient.query("INSERT INTO item(id) VALUES (7); SELECT note FROM item"));
      List<Message> answer = client.readUntil('Z');
      assertThat(RawClient.types(answer)).contains("D").doesNotContain("E");
    }
  }

  @Test
  void aQueryThatTheServerPassesOver() throws Exception {
    isGatedAfter(
        client -> {
          client.send(
              join(
                  parse("SELECT nothing"),
                  RawClient.query("SET search_path TO tenant_nowhere"),
                  RawClient.query("SELECT 2"),
                  sync()));
          assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("EZ");
        });
  }

  @Test
  void aQueryBehindExtendedMessagesThatFailsByItself() throws Exception {
    isGatedAfter(
        client -> {
          client.send(join(parse("SELECT 1"), RawClient.query("SELECT nothing"), sync()));
          assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("1EZ");
          assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("Z");
        });
  }

  /** As libpq's extended COPY does it: a Sync behind the Execute, and another behind the data. */
  @Test
  void aSyncWhileDataIsCopied() throws Exception {
    isGatedAfter(
        client -> {
          client.send(join(extended("COPY item FROM STDIN"), sync()));
          client.readUntil('G');
          client.send(
              join(RawClient.message('d', ascii("1\n")), RawClient.message('c', ascii(""))));
          client.send(sync());
          assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("CZ");
          client.send(join(extended("TRUNCATE item"), sync()));
          client.readUntil('Z');
        });
  }

  @Test
  void copiedDataThatIsAllSentAhead() throws Exception {
    isGatedAfter(
        client -> {
          client.send(
              join(
                  extended("COPY item FROM STDIN"),
                  sync(),
                  RawClient.message('d', ascii("1\n")),
                  RawClient.message('c', ascii("")),
                  sync(),
                  RawClient.query("TRUNCATE item")));
          assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("12GCZ");
          assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("CZ");
        });
  }

  /** The server refuses the data: whatever is on its way is passed over, up to the Sync. */
  @Test
  void copiedDataThatTheServerRefuses() throws Exception {
    isGatedAfter(
        client -> {
          client.send(
              join(
                  extended("COPY item FROM STDIN"),
                  sync(),
                  RawClient.message('d', ascii("none\n")),
                  RawClient.message('c', ascii("")),
                  sync()));
          assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("12GEZ");
        });
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] sync() {
    return RawClient.message('S', new byte[0]);
  }

  private static byte[] parse(String sql) {
    byte[] text = ascii(sql);
    return RawClient.message(
        'P', ByteBuffer.allocate(text.length + 4).put((byte) 0).put(text).array());
  }

  /** Parse, Bind and Execute, all unnamed. */
  private static byte[] extended(String sql) {
    return join(
        parse(sql), RawClient.message('B', new byte[8]), RawClient.message('E', new byte[5]));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}

package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
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
    void with(SocketClient client) throws Exception;
  }

  /** After the conversation the session's tenant lags: its next query waits for the migration. */
  private void isGatedAfter(Conversation conversation) throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(database, migrations, Map.of());
        SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(
          Map.of("user", "postgres", "database", database.name(), "search_path", "tenant_acme"));
      client.readUntil('Z');
      conversation.with(client);
      migration(migrations, "00002_notes.sql", "ALTER TABLE item ADD note text DEFAULT 'new';");
      gateway.gateway().reload();
      client.sends("Q INSERT INTO item(id) VALUES (7); SELECT note FROM item");
      List<Frame> answer = client.readUntil('Z');
      assertThat(Frame.types(answer)).contains("D").doesNotContain("E");
    }
  }

  @Test
  void aQueryThatTheServerPassesOver() throws Exception {
    isGatedAfter(
        client -> {
          client.sends(
              "P - SELECT nothing", "Q SET search_path TO tenant_nowhere", "Q SELECT 2", "S");
          assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("EZ");
        });
  }

  @Test
  void aQueryBehindExtendedMessagesThatFailsByItself() throws Exception {
    isGatedAfter(
        client -> {
          client.sends("P - SELECT 1", "Q SELECT nothing", "S");
          assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("1EZ");
          assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("Z");
        });
  }

  /** As libpq's extended COPY does it: a Sync behind the Execute, and another behind the data. */
  @Test
  void aSyncWhileDataIsCopied() throws Exception {
    isGatedAfter(
        client -> {
          client.sends(extended("COPY item FROM STDIN"), "S");
          client.readUntil('G');
          client.sends("d 1\n", "c");
          client.sends("S");
          assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("CZ");
          client.sends(extended("TRUNCATE item"), "S");
          client.readUntil('Z');
        });
  }

  @Test
  void copiedDataThatIsAllSentAhead() throws Exception {
    isGatedAfter(
        client -> {
          client.sends(extended("COPY item FROM STDIN"), "S", "d 1\n", "c", "S", "Q TRUNCATE item");
          assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("12GCZ");
          assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("CZ");
        });
  }

  /** The server refuses the data: whatever is on its way is passed over, up to the Sync. */
  @Test
  void copiedDataThatTheServerRefuses() throws Exception {
    isGatedAfter(
        client -> {
          client.sends(extended("COPY item FROM STDIN"), "S", "d none\n", "c", "S");
          assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("12GEZ");
        });
  }

  /** Parse, Bind and Execute, all unnamed. */
  private static String extended(String sql) {
    return "P - " + sql + " & B - & E";
  }
}

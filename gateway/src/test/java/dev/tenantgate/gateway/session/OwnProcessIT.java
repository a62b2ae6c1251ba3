package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that the gateway has checked, and that has a backend of its own, knows its process. */
class OwnProcessIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    gateway = GatewayFixture.start(database, migrations, Map.of("auth.method", "trust"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  private static SocketClient client() {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme", Map.of());
  }

  private static String process(SocketClient client) {
    return client.value("SELECT pg_catalog.pg_backend_pid()");
  }

  @Test
  void processIsTheServers() {
    try (SocketClient client = client();
        SocketClient other = client()) {
      assertThat(process(client)).isEqualTo(String.valueOf(client.process()));
      client.query("LISTEN news");
      client
          .sends("Q NOTIFY news, 'own'")
          .gets("C NOTIFY", "A %d news own".formatted(client.process()), "Z I");
      other.query("NOTIFY news, 'other'");
      assertThat(client.until('A')).containsExactly("A %d news other".formatted(other.process()));
      assertThat(other.value("SELECT pg_terminate_backend(%d)".formatted(client.process())))
          .isEqualTo("t");
      assertThat(client.untilEnd()).isEqualTo("E 57P01");
    }
  }

  @Test
  void numberStaysWhereAnotherBackendTakesTheLostOnesPlace() throws Exception {
    try (SocketClient client = client()) {
      int told = client.process();
      database.execute("SELECT pg_terminate_backend(%d, 5000)".formatted(told));
      assertThat(process(client)).isNotEqualTo(String.valueOf(told));
      client.query("LISTEN news");
      client.sends("Q NOTIFY news, 'own'").gets("C NOTIFY", "A %d news own".formatted(told), "Z I");
      String second = process(client);
      client.sends("Q SELECT pg_catalog.pg_sleep(600)");
      String sleeps = "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = " + second;
      Awaitility.await().until(() -> "t".equals(database.value(sleeps)));
      client.cancels();
      assertThat(client.until('Z')).contains("E 57014");
    }
  }
}

package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PSQLException;

/** What drivers do in an open session comes out as it would without a gateway. */
class RelayIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute(
        "CREATE SCHEMA tenant_acme; CREATE TABLE tenant_acme.items(id int, name text)");
    gateway = GatewayFixture.start(database, migrations, Map.of());
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  /** Some drivers wait for the server to close, and take an error for one of the application's. */
  @Test
  void whoTerminatesAndWaitsForTheEndIsToldNothing() throws Exception {
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(Map.of("user", "postgres", "database", database.name()));
      client.readUntil('Z');

      client.sends("X");

      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void copiesInAndOut() throws Exception {
    try (Connection connection = gateway.connect("acme")) {
      connection.createStatement().execute("CREATE TEMP TABLE copied(id int, name text)");
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      StringBuilder rows = new StringBuilder();
      for (int i = 0; i < 20_000; i++) {
        rows.append(i).append("\tname ").append(i).append('\n');
      }

      long copiedIn = copy.copyIn("COPY copied FROM STDIN", new StringReader(rows.toString()));
      StringWriter out = new StringWriter();
      long copiedOut = copy.copyOut("COPY copied TO STDOUT", out);

      assertThat(copiedIn).isEqualTo(20_000);
      assertThat(copiedOut).isEqualTo(20_000);
      assertThat(out.toString()).isEqualTo(rows.toString());
    }
  }

  @Test
  void aCopyThatTheServerRefusesLeavesTheSessionUsable() throws Exception {
    try (Connection connection = gateway.connect("acme")) {
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      assertThatThrownBy(
              () -> copy.copyIn("COPY items FROM STDIN", new StringReader("no number\tx\n")))
          .isInstanceOf(PSQLException.class)
          .hasMessageContaining("invalid input syntax");
      assertThat(one(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void pipelinesBatches() throws Exception {
    try (Connection connection = gateway.connect("acme")) {
      connection.createStatement().execute("CREATE TEMP TABLE batch(id int)");
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO batch VALUES (?)")) {
        for (int i = 0; i < 5_000; i++) {
          insert.setInt(1, i);
          insert.addBatch();
        }
        assertThat(insert.executeBatch()).hasSize(5_000);
      }
      assertThat(one(connection, "SELECT count(*) FROM batch")).isEqualTo("5000");
    }
  }

  @Test
  void carriesValuesLargerThanAnyBuffer() throws Exception {
    byte[] large = new byte[48 << 20];
    Arrays.fill(large, (byte) 'x');
    try (Connection connection = gateway.connect("acme");
        PreparedStatement echo = connection.prepareStatement("SELECT ?::bytea, md5(?::bytea)")) {
      echo.setBytes(1, large);
      echo.setBytes(2, large);
      try (ResultSet row = echo.executeQuery()) {
        row.next();
        try (InputStream back = row.getBinaryStream(1)) {
          assertThat(back.readAllBytes()).isEqualTo(large);
        }
      }
    }
  }

  @Test
  void notifiesAnIdleSession() throws Exception {
    try (Connection connection = gateway.connect("acme")) {
      connection.createStatement().execute("LISTEN news");
      database.execute("NOTIFY news, 'hello'");
      PGConnection listening = connection.unwrap(PGConnection.class);
      await()
          .untilAsserted(
              () ->
                  assertThat(listening.getNotifications(100))
                      .anySatisfy(n -> assertThat(n.getParameter()).isEqualTo("hello")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.0", "3.2"})
  void cancelsWhatRuns(String protocol) throws Exception {
    try (Connection connection =
            gateway.connect(Map.of("currentSchema", "tenant_acme", "protocolVersion", protocol));
        Statement statement = connection.createStatement()) {
      CompletableFuture<SQLException> ended =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  statement.execute("SELECT pg_catalog.pg_sleep(60)");
                  throw new IllegalStateException("it wasn't cancelled");
                } catch (SQLException e) {
                  return e;
                }
              });
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(
                          database.value(
                              "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT"
                                  + " pg_catalog.pg_sleep%'"))
                      .isEqualTo("1"));
      statement.cancel();
      assertThat(ended.get(10, TimeUnit.SECONDS).getSQLState()).isEqualTo("57014");
      assertThat(one(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void passesOnWhyTheServerEndedASession() throws Exception {
    try (Connection connection = gateway.connect("acme")) {
      String pid = one(connection, "SELECT pg_backend_pid()");
      database.execute("SELECT pg_terminate_backend(%s, 5000)".formatted(pid));
      assertThatThrownBy(() -> one(connection, "SELECT 1"))
          .isInstanceOfSatisfying(
              PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
    }
  }

  @Test
  void routesByExplicitTenant() throws Exception {
    try (Connection connection =
        gateway.connect(Map.of("options", "-c tenantgate.tenant=acme -c geqo=off"))) {
      assertThat(one(connection, "SELECT current_schema()")).isEqualTo("tenant_acme");
      assertThat(one(connection, "SHOW search_path")).isEqualTo("\"tenant_acme\", public");
      assertThat(one(connection, "SHOW geqo")).isEqualTo("off");
    }
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}

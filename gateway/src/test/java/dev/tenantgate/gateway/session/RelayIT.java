package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
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
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PSQLException;

/**
 * An open session of a driver's goes as it would without a gateway: in session pooling, and in
 * transaction pooling on a single backend.
 */
class RelayIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static final Map<String, GatewayFixture> GATEWAYS = new HashMap<>();

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    for (String tenant : List.of("acme", "globex")) {
      database.execute(
          "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.items(id int, name text)"
              .formatted(tenant));
    }
    for (Map<String, String> mode :
        List.of(
            Map.of("pool.mode", "session"),
            Map.of("pool.mode", "transaction", "pool.size", "1", "auth.method", "trust"))) {
      GATEWAYS.put(mode.get("pool.mode"), GatewayFixture.start(database, migrations, mode));
    }
  }

  @AfterAll
  static void stop() {
    GATEWAYS.values().forEach(GatewayFixture::close);
    database.close();
  }

  private static GatewayFixture gateway(String mode) {
    return Objects.requireNonNull(GATEWAYS.get(mode));
  }

  private static Connection connect(String mode, String tenant) throws SQLException {
    return gateway(mode)
        .connect(Map.of("currentSchema", "tenant_" + tenant, "prepareThreshold", "1"));
  }

  /** Some drivers wait for the server to close, and take an error for one of the application's. */
  @BothModes
  void whoTerminatesAndWaitsForTheEndIsToldNothing(String mode) throws Exception {
    try (SocketClient client = SocketClient.connect(gateway(mode).port())) {
      client.startsUp(Map.of("user", "postgres", "database", database.name()));
      client.readUntil('Z');

      client.sends("X");

      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @BothModes
  void copiesInAndOut(String mode) throws Exception {
    try (Connection connection = connect(mode, "acme")) {
      connection.createStatement().execute("CREATE TEMP TABLE copied(id int, name text)");
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      StringBuilder rows = new StringBuilder();
      for (int i = 0; i < 5_000; i++) {
        rows.append(i).append("\tname ").append(i).append('\n');
      }

      long copiedIn = copy.copyIn("COPY copied FROM STDIN", new StringReader(rows.toString()));
      StringWriter out = new StringWriter();
      long copiedOut = copy.copyOut("COPY copied TO STDOUT", out);

      assertThat(copiedIn).isEqualTo(5_000);
      assertThat(copiedOut).isEqualTo(5_000);
      assertThat(out.toString()).isEqualTo(rows.toString());
    }
  }

  @BothModes
  void aCopyThatTheServerRefusesLeavesTheSessionUsable(String mode) throws Exception {
    try (Connection connection = connect(mode, "acme")) {
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      assertThatThrownBy(
              () -> copy.copyIn("COPY items FROM STDIN", new StringReader("no number\tx\n")))
          .isInstanceOf(PSQLException.class)
          .hasMessageContaining("invalid input syntax");
      assertThat(one(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  @BothModes
  void pipelinesBatches(String mode) throws Exception {
    try (Connection connection = connect(mode, "acme")) {
      connection.createStatement().execute("CREATE TEMP TABLE batch(id int)");
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO batch VALUES (?)")) {
        for (int i = 0; i < 2_000; i++) {
          insert.setInt(1, i);
          insert.addBatch();
        }
        assertThat(insert.executeBatch()).hasSize(2_000);
      }
      assertThat(one(connection, "SELECT count(*) FROM batch")).isEqualTo("2000");
    }
  }

  @BothModes
  void carriesValuesLargerThanAnyBuffer(String mode) throws Exception {
    byte[] large = new byte[8 << 20];
    Arrays.fill(large, (byte) 'x');
    try (Connection connection = connect(mode, "acme");
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

  @BothModes
  void notifiesAnIdleSession(String mode) throws Exception {
    try (Connection connection = connect(mode, "acme")) {
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
  @CsvSource({"session, 3.0", "session, 3.2", "transaction, 3.0", "transaction, 3.2"})
  void cancelsWhatRuns(String mode, String protocol) throws Exception {
    try (Connection connection =
            gateway(mode)
                .connect(Map.of("currentSchema", "tenant_acme", "protocolVersion", protocol));
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
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          database.value(
                              "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT"
                                  + " pg_catalog.pg_sleep%'"))
                      .isEqualTo("1"));
      statement.cancel();
      assertThat(ended.get(60, TimeUnit.SECONDS).getSQLState()).isEqualTo("57014");
      assertThat(one(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  /** Where clients log in at the server itself, nobody can log in for them again. */
  @Test
  void passesOnWhyTheServerEndedASession() throws Exception {
    try (Connection connection = connect("session", "acme")) {
      String pid = one(connection, "SELECT pg_backend_pid()");
      database.execute("SELECT pg_terminate_backend(%s, 5000)".formatted(pid));
      assertThatThrownBy(() -> one(connection, "SELECT 1"))
          .isInstanceOfSatisfying(
              PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
    }
  }

  @BothModes
  void tenantsPrepareBatchesCopyAndPage(String mode) throws Exception {
    try (Connection acme = connect(mode, "acme");
        Connection globex = connect(mode, "globex")) {
      for (Connection each : new Connection[] {acme, globex, acme, globex}) {
        try (PreparedStatement insert =
            each.prepareStatement("INSERT INTO items VALUES (?, current_schema())")) {
          for (int i = 0; i < 50; i++) {
            insert.setInt(1, i);
            insert.addBatch();
          }
          assertThat(insert.executeBatch()).hasSize(50);
        }
      }
      globex
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("COPY items FROM STDIN", new StringReader("1\ttenant_globex\n"));
      String own = "SELECT count(*) FROM items WHERE name = current_schema()";
      assertThat(one(acme, own)).isEqualTo("100");
      assertThat(one(globex, own)).isEqualTo("101");
      acme.setAutoCommit(false);
      try (PreparedStatement paged = acme.prepareStatement("SELECT id FROM items")) {
        paged.setFetchSize(7);
        int rows = 0;
        try (ResultSet all = paged.executeQuery()) {
          while (all.next()) {
            rows++;
          }
        }
        assertThat(rows).isEqualTo(100);
      }
      acme.rollback();
    } finally {
      database.execute("TRUNCATE tenant_acme.items, tenant_globex.items");
    }
  }

  @BothModes
  void schemasSavepointsAndSettingsAreTheConnections(String mode) throws Exception {
    try (Connection acme = connect(mode, "acme");
        Connection globex = connect(mode, "globex")) {
      acme.setSchema("tenant_globex");
      assertThat(acme.getSchema()).isEqualTo("tenant_globex");
      assertThat(one(globex, "SHOW search_path")).isEqualTo("tenant_globex");
      acme.setSchema("tenant_acme");
      acme.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      assertThat(globex.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
      assertThat(acme.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
      acme.setAutoCommit(false);
      Savepoint before = acme.setSavepoint();
      assertThatThrownBy(() -> one(acme, "SELECT nothing")).isInstanceOf(SQLException.class);
      acme.rollback(before);
      assertThat(one(acme, "SELECT current_schema()")).isEqualTo("tenant_acme");
      acme.commit();
      assertThat(acme.isValid(60)).isTrue();
      assertThat(globex.isValid(60)).isTrue();
    }
  }

  @BothModes
  void routesByExplicitTenant(String mode) throws Exception {
    try (Connection connection =
        gateway(mode).connect(Map.of("options", "-c tenantgate.tenant=acme -c geqo=off"))) {
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

package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

/** pgjdbc with everything that it does by itself, on a single shared backend. */
class PooledDriverIT {

  @TempDir static Path folder;
  private static TestDatabase database;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    for (String tenant : new String[] {"acme", "globex"}) {
      database.execute(
          "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.item(id int, name text)"
              .formatted(tenant));
    }
    Path users = folder.resolve("users.txt");
    Files.writeString(users, "\"postgres\" \"secret\"\n");
    gateway =
        GatewayFixture.start(
            database,
            Files.createDirectory(folder.resolve("migrations")),
            Map.of(
                "pool.mode", "transaction",
                "pool.size", "1",
                "auth.method", "scram-sha-256",
                "auth.user-list", users.toString()));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  private static Connection connect(String tenant) throws SQLException {
    return gateway.connect(
        Map.of("currentSchema", "tenant_" + tenant, "password", "secret", "prepareThreshold", "1"));
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Test
  void whoCannotProveItsPasswordGetsNoBackend() {
    assertThatThrownBy(() -> gateway.connect(Map.of("password", "wrong")))
        .isInstanceOfSatisfying(
            PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
  }

  @Test
  void preparesBatchesCopiesAndPages() throws Exception {
    try (Connection acme = connect("acme");
        Connection globex = connect("globex")) {
      for (Connection each : new Connection[] {acme, globex, acme, globex}) {
        try (PreparedStatement insert =
            each.prepareStatement("INSERT INTO item VALUES (?, current_schema())")) {
          for (int i = 0; i < 200; i++) {
            insert.setInt(1, i);
            insert.addBatch();
          }
          assertThat(insert.executeBatch()).hasSize(200);
        }
      }
      globex
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("COPY item FROM STDIN", new StringReader("1\ttenant_globex\n"));
      assertThat(one(acme, "SELECT count(*) FROM item WHERE name = 'tenant_acme'"))
          .isEqualTo("400");
      assertThat(one(globex, "SELECT count(*) FROM item WHERE name = 'tenant_globex'"))
          .isEqualTo("401");
      acme.setAutoCommit(false);
      try (PreparedStatement paged = acme.prepareStatement("SELECT id FROM item")) {
        paged.setFetchSize(7);
        int rows = 0;
        try (ResultSet all = paged.executeQuery()) {
          while (all.next()) {
            rows++;
          }
        }
        assertThat(rows).isEqualTo(400);
      }
      acme.rollback();
    }
  }

  @Test
  void schemasSavepointsAndSettingsAreTheConnections() throws Exception {
    try (Connection acme = connect("acme");
        Connection globex = connect("globex")) {
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
      assertThat(acme.isValid(5)).isTrue();
      assertThat(globex.isValid(5)).isTrue();
    }
  }
}

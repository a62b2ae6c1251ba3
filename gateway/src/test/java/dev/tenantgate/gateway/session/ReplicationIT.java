package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.TestPostgres.Login;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/** Replication connections where they are passed, of either kind, by both ways to log in. */
class ReplicationIT {

  @TempDir Path folder;

  @SuppressWarnings("ImmutableEnumChecker") // what it holds are method references
  enum Server {
    LATEST(TestPostgres::latest),
    OLDEST(TestPostgres::oldest);

    private final Supplier<TestPostgres> postgres;

    Server(Supplier<TestPostgres> postgres) {
      this.postgres = postgres;
    }
  }

  private GatewayFixture start(TestDatabase database, Map<String, String> changes) {
    Map<String, String> all = new HashMap<>(Map.of("database.replication", "pass"));
    all.putAll(changes);
    return GatewayFixture.start(database, folder, all);
  }

  /** Pooled clients are checked by the gateway, which logs the walsender in with their proof. */
  private GatewayFixture start(TestDatabase database, String mode, String user) throws IOException {
    if (mode.equals("session")) {
      return start(database, Map.of());
    }
    Path users = folder.resolve("users.txt");
    Files.writeString(users, "\"" + user + "\" \"secret\"\n");
    return start(
        database,
        Map.of(
            "pool.mode",
            mode,
            "pool.size",
            "1",
            "auth.method",
            "scram-sha-256",
            "auth.user-list",
            users.toString()));
  }

  private static Connection connect(
      GatewayFixture gateway, String database, String user, String replication)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", "secret");
    properties.setProperty("sslmode", "disable");
    properties.setProperty("replication", replication);
    properties.setProperty("assumeMinServerVersion", "14");
    properties.setProperty("preferQueryMode", "simple");
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s".formatted(gateway.port(), database), properties);
  }

  private static String newUser(TestDatabase database) {
    String user = "stream_" + database.name();
    database.server().createUser(user, "secret", Login.SCRAM);
    database.execute("ALTER ROLE %s REPLICATION SUPERUSER".formatted(user));
    return user;
  }

  private static void drop(TestDatabase database, String user) {
    database.server().execute("DROP ROLE " + user);
  }

  @ParameterizedTest
  @CsvSource({"LATEST,session", "LATEST,transaction", "OLDEST,session", "OLDEST,transaction"})
  void changesAreStreamedAndConfirmed(Server server, String mode) throws Exception {
    try (TestDatabase database = server.postgres.get().newDatabase()) {
      String user = newUser(database);
      database.execute("CREATE TABLE item(name text); CREATE PUBLICATION items FOR TABLE item");
      try (GatewayFixture gateway = start(database, mode, user);
          Connection connection = connect(gateway, database.name(), user, "database")) {
        String slot = "slot_" + database.name();
        try (PGReplicationStream stream = logicalStream(connection, slot)) {
          database.execute("INSERT INTO item VALUES ('a change')");

          LogSequenceNumber at = readUntil(stream, "a change");
          stream.setAppliedLSN(at);
          stream.setFlushedLSN(at);
          stream.forceUpdateStatus();

          String confirmed =
              "SELECT confirmed_flush_lsn >= '%s' FROM pg_replication_slots WHERE slot_name = '%s'"
                  .formatted(at.asString(), slot);
          await().untilAsserted(() -> assertThat(database.value(confirmed)).isEqualTo("t"));
        }
        // The stream has ended by CopyDone of both sides; what isn't streamed goes on.
        assertThat(value(connection, "SELECT current_database()")).isEqualTo(database.name());
      }
      awaitNoSlots(database);
      drop(database, user);
    }
  }

  private static PGReplicationStream logicalStream(Connection connection, String slot)
      throws SQLException {
    PGConnection replication = connection.unwrap(PGConnection.class);
    replication
        .getReplicationAPI()
        .createReplicationSlot()
        .logical()
        .withSlotName(slot)
        .withOutputPlugin("pgoutput")
        .withTemporaryOption()
        .make();
    return replication
        .getReplicationAPI()
        .replicationStream()
        .logical()
        .withSlotName(slot)
        .withSlotOption("proto_version", "1")
        .withSlotOption("publication_names", "items")
        .start();
  }

  private static LogSequenceNumber readUntil(PGReplicationStream stream, String text)
      throws SQLException {
    while (true) {
      ByteBuffer change = stream.read();
      String read = StandardCharsets.UTF_8.decode(change).toString();
      if (read.contains(text)) {
        return stream.getLastReceiveLSN();
      }
    }
  }

  private static String value(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /** libpq has it name a database that there needn't be. */
  @ParameterizedTest
  @CsvSource({"LATEST,session", "LATEST,transaction", "OLDEST,session", "OLDEST,transaction"})
  void theWholeServersLogIsStreamed(Server server, String mode) throws Exception {
    try (TestDatabase database = server.postgres.get().newDatabase()) {
      String user = newUser(database);
      try (GatewayFixture gateway = start(database, mode, user);
          Connection connection = connect(gateway, "replication", user, "true")) {
        LogSequenceNumber from = LogSequenceNumber.valueOf(flushed(database));
        database.execute("CREATE TABLE item AS SELECT 'in the log' AS name");
        try (PGReplicationStream stream =
            connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .physical()
                .withStartPosition(from)
                .start()) {
          readUntil(stream, "in the log");
        }
      }
      drop(database, user);
    }
  }

  static String flushed(TestDatabase database) {
    return String.valueOf(database.value("SELECT pg_current_wal_flush_lsn()"));
  }

  /** While its server process lives a slot keeps its database from being dropped. */
  static void awaitNoSlots(TestDatabase database) {
    String slots = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()";
    await().untilAsserted(() -> assertThat(database.value(slots)).isEqualTo("0"));
  }
}

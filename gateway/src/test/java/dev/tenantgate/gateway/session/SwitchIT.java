package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient.Message;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Open sessions that go to another tenant, on a real database, with real migrations. */
class SwitchIT {

  @TempDir Path migrations;
  private TestDatabase database;

  @BeforeEach
  void makeTenants() {
    prepare(TestPostgres.latest().newDatabase());
  }

  private void prepare(TestDatabase fresh) {
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

  private GatewayFixture gateway(Map<String, String> settings) {
    return GatewayFixture.start(database, migrations, settings);
  }

  /** A gateway that rejects whoever lags; only acme doesn't. */
  private GatewayFixture strict(Map<String, String> more) throws SQLException {
    try (GatewayFixture migrating = gateway(Map.of())) {
      migrating.connect("acme").close();
    }
    Map<String, String> settings = new java.util.HashMap<>(more);
    settings.put("gate.policy", "reject");
    return gateway(settings);
  }

  private Connection lockSites() throws SQLException {
    Connection blocker = database.connect();
    blocker.setAutoCommit(false);
    blocker.createStatement().execute("LOCK TABLE tenant_globex.sites IN ACCESS SHARE MODE");
    return blocker;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET search_path TO tenant_globex",
        "SET search_path = 'tenant_globex', public",
        "SET SESSION search_path TO \"tenant_globex\"",
        "SET SCHEMA 'tenant_globex'",
        "SELECT set_config('search_path', 'tenant_globex', false)",
        "SELECT 1; /* ; */ SET search_path TO tenant_globex; SELECT 2",
        "PREPARE p AS SELECT set_config('search_path', $1, false); EXECUTE p('tenant_globex')",
      })
  void aSwitchWaitsForTheMigration(String sql) throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection connection = gateway.connect("acme");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
      assertThat(one(connection, "SELECT mark || status FROM sites")).isEqualTo("globexnew");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET search_path TO tenant_globex",
        "SELECT set_config('search_path', 'tenant_globex', false)",
        "CREATE TABLE public.ran(); SET search_path TO tenant_globex",
        "EXPLAIN ANALYZE SELECT set_config('search_path', 'tenant_globex', false)",
      })
  void aRefusedSwitchIsAnErrorAndNothingOfItRuns(String sql) throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        RawClient client = login(gateway)) {
      client.send(RawClient.query(sql));
      List<Message> answer = client.readUntil('Z');
      assertThat(RawClient.types(answer)).isEqualTo("EZ");
      assertThat(answer.get(0).field('S')).isEqualTo("ERROR");
      assertThat(answer.get(0).field('C')).isEqualTo("57P03");
      assertThat(answer.get(0).field('M')).contains("globex");
      assertThat(answer.get(1).body()).containsExactly('I');
      assertThat(database.value("SELECT to_regclass('public.ran')")).isNull();

      client.send(RawClient.query("SELECT mark FROM sites"));
      assertThat(text(client.readUntil('Z'))).contains("acme");
    }
  }

  @Test
  void aRefusedSwitchFailsItsTransaction() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        RawClient client = login(gateway)) {
      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      assertThat(status(client, "SET LOCAL search_path TO tenant_globex")).isEqualTo("EZE");
      assertThat(status(client, "SELECT 1")).isEqualTo("EZE");
      assertThat(status(client, "ROLLBACK")).isEqualTo("CZI");

      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      assertThat(status(client, "SAVEPOINT s")).isEqualTo("CZT");
      assertThat(status(client, "SET search_path TO tenant_globex")).isEqualTo("EZE");
      assertThat(status(client, "ROLLBACK TO s")).isEqualTo("CZT");
      assertThat(status(client, "SELECT mark FROM sites")).isEqualTo("TDCZT");
      assertThat(status(client, "COMMIT")).isEqualTo("CZI");
    }
  }

  @Test
  void inAnExtendedQueryARefusalSkipsToTheSync() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        RawClient client = login(gateway)) {
      client.send(
          join(
              extended("SELECT 1"),
              extended("SET search_path TO tenant_globex"),
              extended("SELECT 2"),
              RawClient.message('S', new byte[0]),
              extended("SELECT mark FROM sites"),
              RawClient.message('S', new byte[0])));

      assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("12DC12EZ");
      List<Message> next = client.readUntil('Z');
      assertThat(RawClient.types(next)).isEqualTo("12DCZ");
      assertThat(text(next)).contains("acme");
    }
  }

  @Test
  void bindTellsWhereAStatementLeads() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        Connection connection = gateway.connect("acme");
        PreparedStatement set =
            connection.prepareStatement("SELECT set_config('search_path', ?, ?)")) {
      for (int i = 0; i < 8; i++) {
        set.setString(1, "tenant_acme");
        set.setBoolean(2, false);
        set.execute();
        set.setString(1, "tenant_globex");
        assertThatThrownBy(set::execute)
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"));
        assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
      }
    }
  }

  @Test
  void theDriversOwnWayToSwitch() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection connection = gateway.connect("acme")) {
      for (String tenant : List.of("globex", "acme", "initech", "acme", "globex")) {
        connection.setSchema("tenant_" + tenant);
        assertThat(one(connection, "SELECT mark || status FROM sites")).isEqualTo(tenant + "new");
      }
    }
  }

  @Test
  void aRollbackIsFollowed() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("tenants.switching", "allow"));
        Connection connection = gateway.connect("acme")) {
      connection.setAutoCommit(false);
      execute(connection, "SET search_path TO tenant_globex");
      Savepoint savepoint = connection.setSavepoint();
      execute(connection, "SET search_path TO tenant_initech");
      connection.rollback(savepoint);
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("globex");
      connection.rollback();
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
      execute(connection, "SET LOCAL search_path TO tenant_globex");
      connection.commit();
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
      execute(connection, "SET search_path TO tenant_globex");
      execute(connection, "RESET search_path");
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
    }
  }

  @Test
  void aHeldSwitchIsToldWhatForAndCanBeCancelled() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("migrations.lock-timeout", "30s"));
        RawClient client = new RawClient(gateway.port());
        Connection blocker = lockSites()) {
      client.send(startup("tenant_acme"));
      byte[] key = last(client.readUntil('K')).body();
      client.readUntil('Z');
      client.send(
          join(
              RawClient.query("BEGIN"),
              RawClient.query("SET search_path TO tenant_globex"),
              RawClient.query("SELECT mark FROM sites")));
      assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("CZ");
      Message notice = last(client.readUntil('N'));
      assertThat(notice.field('M')).contains("globex");
      assertThat(gateway.gateway().held()).isEqualTo(1);

      cancel(gateway, key);

      List<Message> answer = client.readUntil('Z');
      assertThat(answer.get(answer.size() - 2).field('C')).isEqualTo("57014");
      assertThat(last(answer).body()).containsExactly('E');
      assertThat(client.readUntil('Z').get(0).field('C')).isEqualTo("25P02");
      assertThat(gateway.gateway().held()).isZero();
      assertThat(status(client, "ROLLBACK")).isEqualTo("CZI");
      assertThat(blocker.isClosed()).isFalse();
    }
  }

  @Test
  void whoLeavesWhileHeldLeavesNothingBehind() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection blocker = lockSites()) {
      RawClient client = login(gateway);
      client.send(RawClient.query("SET search_path TO tenant_globex"));
      await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(1));
      client.close();
      await().untilAsserted(() -> assertThat(gateway.gateway().held()).isZero());
      await().untilAsserted(() -> assertThat(gateway.gateway().sessions()).isZero());
      assertThat(blocker.isClosed()).isFalse();
    }
  }

  /** More than is read ahead, so that the client isn't read from meanwhile. */
  @Test
  void whatStandsBehindAHeldSwitchIsAnsweredAfterwards() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("migrations.lock-timeout", "30s"));
        RawClient client = login(gateway)) {
      Connection blocker = lockSites();
      Thread sender =
          new Thread(
              () -> {
                try {
                  client.send(RawClient.query("SET search_path TO tenant_globex"));
                  for (int i = 0; i < 100; i++) {
                    client.send(
                        RawClient.query("SELECT mark -- " + "x".repeat(10_000) + "\nFROM sites"));
                  }
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      sender.start();
      await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(1));
      blocker.close();
      client.readUntil('Z');
      for (int i = 0; i < 100; i++) {
        assertThat(text(client.readUntil('Z'))).contains("globex");
      }
      sender.join();
    }
  }

  @Test
  void everyMessageMayBeSplitAnywhere() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        RawClient client = login(gateway)) {
      byte[] messages =
          join(
              extended("SET search_path TO tenant_globex"),
              RawClient.message('S', new byte[0]),
              RawClient.query("SELECT mark FROM sites"));
      for (byte each : messages) {
        client.send(new byte[] {each});
      }
      assertThat(RawClient.types(client.readUntil('Z')).replace("S", "")).isEqualTo("12CZ");
      assertThat(text(client.readUntil('Z'))).contains("globex");
    }
  }

  @Test
  void switchingMayBeDenied() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("tenants.switching", "deny"));
        Connection connection = gateway.connect("acme")) {
      execute(connection, "SET search_path TO tenant_acme, public");
      execute(connection, "DO $$ BEGIN END $$");
      for (String sql :
          List.of(
              "SET search_path TO tenant_globex",
              "SELECT set_config('search_path', 'tenant_' || 'globex', false)")) {
        assertThatThrownBy(() -> execute(connection, sql))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
      }
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
    }
  }

  /** The server reports it (18), or is asked behind a DO (14). */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSwitchThatNobodyCouldForesee(boolean latest) throws Exception {
    if (!latest) {
      database.close();
      prepare(TestPostgres.oldest().newDatabase());
    }
    try (GatewayFixture gateway = strict(Map.of());
        RawClient client = login(gateway)) {
      client.send(
          join(
              RawClient.query(
                  "DO $$ BEGIN PERFORM set_config('search_path', 'tenant_globex', false); END $$"),
              RawClient.query("SELECT mark FROM sites")));
      List<Message> answer = client.readUntil('E');
      assertThat(text(answer)).doesNotContain("globex1");
      assertThat(RawClient.types(answer)).doesNotContain("D");
      assertThat(last(answer).field('S')).isEqualTo("FATAL");
      assertThat(last(answer).field('C')).isEqualTo("57P03");
    }
  }

  @Test
  void aHiddenSwitchToATenantThatIsMigratedMeanwhile() throws Exception {
    database.execute(
        "CREATE FUNCTION public.hidden() RETURNS void LANGUAGE plpgsql AS"
            + " $$BEGIN PERFORM set_config('search_path', 'tenant_globex, public', false); END$$");
    try (GatewayFixture gateway = gateway(Map.of());
        RawClient client = login(gateway)) {
      client.send(RawClient.query("SELECT public.hidden()"));
      client.readUntil('Z');
      client.send(RawClient.query("SELECT mark || status FROM sites"));
      assertThat(text(client.readUntil('Z'))).contains("globexnew");
    }
  }

  @Test
  void askedOrNotTheAnswersAreTheClientsOwn() throws Exception {
    database.close();
    prepare(TestPostgres.oldest().newDatabase());
    try (GatewayFixture gateway = gateway(Map.of());
        RawClient client = login(gateway)) {
      client.send(
          join(
              RawClient.query("DO $$ BEGIN END $$"),
              RawClient.query("SELECT set_config('search_path', 'tenant_' || 'globex', false)"),
              RawClient.query("SELECT mark || status FROM sites")));
      assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("CZ");
      assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("TDCZ");
      assertThat(text(client.readUntil('Z'))).contains("globexnew");
    }
  }

  /** The changelog grows while the session is open. */
  private void require(GatewayFixture gateway) throws Exception {
    migration(
        migrations.resolve("tenant"),
        "00002_add_note.sql",
        "ALTER TABLE sites ADD COLUMN note text;");
    gateway.gateway().reload();
  }

  @Test
  void anOpenSessionsNextTransactionWaits() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("migrations.lock-timeout", "30s"));
        RawClient client = login(gateway)) {
      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      require(gateway);
      assertThat(status(client, "SELECT mark FROM sites")).isEqualTo("TDCZT");
      assertThat(status(client, "COMMIT")).isEqualTo("CZI");
      assertThat(status(client, "SELECT mark, note FROM sites")).isEqualTo("TDCZI");
    }
  }

  @Test
  void anOpenSessionsNextTransactionIsRefused() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        RawClient client = login(gateway)) {
      require(gateway);
      assertThat(status(client, "SELECT 1")).isEqualTo("EZI");
      client.send(join(extended("SELECT 1"), RawClient.message('S', new byte[0])));
      List<Message> answer = client.readUntil('Z');
      assertThat(RawClient.types(answer)).isEqualTo("EZ");
      assertThat(answer.get(0).field('C')).isEqualTo("57P03");
      assertThat(status(client, "SET search_path TO public")).isEqualTo("CZI");
      assertThat(status(client, "SELECT 1")).isEqualTo("TDCZI");
      assertThat(status(client, "RESET search_path")).isEqualTo("EZI");
    }
  }

  /** The way back was admitted before; were it refused, nobody could end the transaction. */
  @Test
  void aRollbackIsNeverRefused() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        RawClient client = login(gateway)) {
      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      assertThat(status(client, "SET search_path TO public")).isEqualTo("CZT");
      require(gateway);
      assertThat(status(client, "ROLLBACK")).isEqualTo("CZI");
      assertThat(status(client, "SELECT 1; SET search_path TO public")).isEqualTo("EZI");
      assertThat(status(client, "SET search_path TO public; SELECT 1")).isEqualTo("CTDCZI");
    }
  }

  private RawClient login(GatewayFixture gateway) throws Exception {
    RawClient client = new RawClient(gateway.port());
    client.send(startup("tenant_acme"));
    client.readUntil('Z');
    return client;
  }

  private byte[] startup(String searchPath) {
    return RawClient.startup(
        Map.of("user", "postgres", "database", database.name(), "search_path", searchPath));
  }

  private static void cancel(GatewayFixture gateway, byte[] key) throws Exception {
    try (RawClient canceller = new RawClient(gateway.port())) {
      canceller.send(
          ByteBuffer.allocate(8 + key.length)
              .putInt(8 + key.length)
              .putInt(80877102)
              .put(key)
              .array());
      assertThat(canceller.isAtEnd()).isTrue();
    }
  }

  /** Parse, Bind and Execute, all unnamed. */
  private static byte[] extended(String sql) {
    byte[] text = sql.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return join(
        RawClient.message(
            'P', ByteBuffer.allocate(text.length + 4).put((byte) 0).put(text).array()),
        RawClient.message('B', new byte[8]),
        RawClient.message('E', new byte[5]));
  }

  private static byte[] join(byte[]... parts) {
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
  private static String status(RawClient client, String sql) throws Exception {
    client.send(RawClient.query(sql));
    List<Message> answer = client.readUntil('Z');
    return RawClient.types(answer).replace("S", "") + (char) last(answer).body()[0];
  }

  private static Message last(List<Message> messages) {
    return messages.get(messages.size() - 1);
  }

  private static String text(List<Message> messages) {
    StringBuilder text = new StringBuilder();
    for (Message message : messages) {
      text.append(new String(message.body(), java.nio.charset.StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
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

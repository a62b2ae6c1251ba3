package dev.tenantgate.gateway.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Transactions that a vanished gateway has left open at the server, and a migration that needs
 * their locks.
 */
class OrphanIT {

  @TempDir Path older;
  @TempDir Path newer;
  private TestDatabase database;

  @BeforeEach
  void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    for (Path folder : List.of(older, newer)) {
      GatewayFixture.migration(
          folder.resolve("tenant"), "00001_items.sql", "CREATE TABLE item(id int);");
    }
    assertThat(migrate(older, Map.of())).isInstanceOf(SchemaOutcome.Migrated.class);
    GatewayFixture.migration(
        newer.resolve("tenant"), "00002_names.sql", "ALTER TABLE item ADD name text;");
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private SchemaOutcome migrate(Path folder, Map<String, String> changes) throws Exception {
    Map<String, String> all = new HashMap<>(changes);
    all.put("migrations.drain-timeout", "300ms");
    Settings settings = GatewayFixture.settings(database, folder, all);
    Changelog changelog = ChangelogReader.read(settings.migrations()).changelog();
    try (Migrator migrator = Migrator.open(settings)) {
      return migrator
          .runs()
          .migrate(
              changelog,
              new SchemaRef("tenant_acme", "acme"),
              new Target.Latest(),
              FleetListener.NONE);
    }
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }

  /** A connection as a gateway has it, in a transaction. */
  private Connection inTransaction(String table) throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    one(connection, "SELECT count(*) FROM " + table);
    return connection;
  }

  private static String process(Connection connection) throws SQLException {
    return one(connection, "SELECT pg_backend_pid()");
  }

  /** A gateway has said that these are its own. */
  private void member(String id, String expires, String said, Connection... backends)
      throws SQLException {
    StringBuilder processes = new StringBuilder("0");
    for (Connection backend : backends) {
      processes.append(", ").append(process(backend));
    }
    database.execute(
        ("INSERT INTO tenantgate.gateway VALUES ('%s', 'elsewhere', now(),"
                + " clock_timestamp() + interval '%s', ARRAY[%s],"
                + " clock_timestamp() + interval '%s')")
            .formatted(id, expires, processes, said));
  }

  private String backendsOf(String id) {
    return String.valueOf(
        database.value("SELECT backends FROM tenantgate.gateway WHERE id = '%s'".formatted(id)));
  }

  private static void assertEnded(Connection connection) {
    assertThatThrownBy(() -> one(connection, "SELECT 1"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
  }

  @Test
  void whatIsLeftOpenIsEndedAndTheGatewayForgotten() throws Exception {
    try (Connection orphan = inTransaction("tenant_acme.item")) {
      member("gone", "-1 s", "0 s", orphan);

      assertThat(migrate(newer, Map.of())).isInstanceOf(SchemaOutcome.Migrated.class);

      assertEnded(orphan);
    }
    GatewayFixture.migration(
        newer.resolve("tenant"), "00003_prices.sql", "ALTER TABLE item ADD price int;");
    assertThat(migrate(newer, Map.of())).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(backendsOf("gone")).isEqualTo("null");
  }

  @Test
  void aGatewayThatDiesWhileItIsWaitedForIsSeenToAsWell() throws Exception {
    try (Connection orphan = inTransaction("tenant_acme.item")) {
      member("dying", "1 s", "0 s", orphan);

      assertThat(migrate(newer, Map.of())).isInstanceOf(SchemaOutcome.Migrated.class);

      assertEnded(orphan);
    }
  }

  @Test
  void nobodyElseIsEnded() throws Exception {
    database.execute("CREATE TABLE other()");
    try (Connection younger = inTransaction("other");
        Connection idle = database.connect();
        Connection notListed = inTransaction("other")) {
      member("gone", "-1 s", "-1 h", younger);
      member("also-gone", "-1 s", "0 s", idle);

      assertThat(migrate(newer, Map.of())).isInstanceOf(SchemaOutcome.Migrated.class);

      assertThat(one(younger, "SELECT 1")).isEqualTo("1");
      assertThat(one(idle, "SELECT 1")).isEqualTo("1");
      assertThat(one(notListed, "SELECT 1")).isEqualTo("1");
      // One that is there may still be given a transaction by what is on its way.
      assertThat(backendsOf("also-gone")).contains(process(idle));
    }
  }

  @Test
  void ofOneThatIsGoneForLongIdleConnectionsAreEndedAsWell() throws Exception {
    try (Connection idle = database.connect()) {
      member("long-gone", "-2 min", "0 s", idle);

      assertThat(migrate(newer, Map.of())).isInstanceOf(SchemaOutcome.Migrated.class);

      assertEnded(idle);
    }
  }

  @Test
  void aComparisonOfTheRegistryForgetsThoseThatAreGoneForGood() throws Exception {
    member("gone-for-good", "-2 days", "0 s");
    member("there", "1 h", "0 s");
    database.execute(
        "INSERT INTO tenantgate.drain_ack VALUES ('tenant_acme', 1, 'gone-for-good', true, '')");

    try (Migrator migrator = Migrator.open(GatewayFixture.settings(database, older, Map.of()))) {
      migrator.histories().repairRegistry();
    }

    assertThat(database.column("SELECT id FROM tenantgate.gateway")).containsExactly("there");
    assertThat(database.column("SELECT gateway FROM tenantgate.drain_ack")).isEmpty();
  }

  @Test
  void aGatewayThatIsThereIsLeftAlone() throws Exception {
    try (Connection busy = inTransaction("tenant_acme.item")) {
      member("there", "1 h", "0 s", busy);

      assertThat(migrate(newer, Map.of())).isInstanceOf(SchemaOutcome.PutOff.class);

      assertThat(one(busy, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void anOnlineMigrationThatWaitsForOneEndsIt() throws Exception {
    GatewayFixture.migration(
        newer.resolve("tenant"),
        "00002_names.sql",
        "-- tenantgate: online\nALTER TABLE item ADD name text;");
    try (Connection orphan = inTransaction("tenant_acme.item")) {
      member("dying", "500 ms", "0 s", orphan);

      assertThat(migrate(newer, Map.of())).isInstanceOf(SchemaOutcome.Migrated.class);

      assertEnded(orphan);
    }
  }

  @Test
  void whereThatMayNotBeDoneTheMigrationIsPutOff() throws Exception {
    database.execute(
        """
        CREATE ROLE orphans_owner LOGIN;
        GRANT CREATE ON DATABASE %s TO orphans_owner;
        DROP SCHEMA tenantgate, tenant_acme CASCADE;
        CREATE SCHEMA tenant_acme AUTHORIZATION orphans_owner\
        """
            .formatted(database.name()));
    Map<String, String> account =
        Map.of(
            "database.url",
            "postgresql://orphans_owner@%s:%d/%s?sslmode=disable"
                .formatted(database.server().host(), database.server().port(), database.name()));
    assertThat(migrate(older, account)).isInstanceOf(SchemaOutcome.Migrated.class);
    try (Connection orphan = inTransaction("tenant_acme.item")) {
      member("gone", "-1 s", "0 s", orphan);

      assertThat(migrate(newer, account))
          .isInstanceOfSatisfying(
              SchemaOutcome.PutOff.class,
              off ->
                  assertThat(off.inTheWay())
                      .contains("left behind by gateway gone, which is gone (user postgres"));
      assertThat(one(orphan, "SELECT 1")).isEqualTo("1");
    } finally {
      database.execute("DROP OWNED BY orphans_owner; DROP ROLE orphans_owner");
    }
  }

  @BothModes
  void aGatewaySaysWhichAreItsOwn(String mode) throws Exception {
    // The gateway's row has expired, however often it is renewed.
    database.execute(
        """
        CREATE FUNCTION expire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          NEW.expires_at := now() - interval '1 s'; RETURN NEW; END $$;
        CREATE TRIGGER expire BEFORE INSERT OR UPDATE ON tenantgate.gateway
          FOR EACH ROW EXECUTE FUNCTION expire()\
        """);
    try (GatewayFixture gateway =
            GatewayFixture.start(
                database, older, Map.of("pool.mode", mode, "auth.method", "trust"));
        Connection client = gateway.connect("acme")) {
      client.setAutoCommit(false);
      String process = one(client, "SELECT pg_backend_pid() FROM (SELECT count(*) FROM item) i");
      await()
          .until(
              () ->
                  !database
                      .column(
                          "SELECT 1 FROM tenantgate.gateway WHERE %s = ANY (backends)"
                              .formatted(process))
                      .isEmpty());

      assertThat(migrate(newer, Map.of())).isInstanceOf(SchemaOutcome.Migrated.class);

      assertEnded(client);
    }
  }

  @Test
  void aRegistryOfAnEarlierVersionGetsTheColumns() throws Exception {
    database.execute(
        "ALTER TABLE tenantgate.gateway DROP COLUMN backends, DROP COLUMN backends_at");

    assertThat(migrate(newer, Map.of())).isInstanceOf(SchemaOutcome.Migrated.class);

    member("gone", "-1 s", "0 s");
  }
}

package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.TestPostgres.Login;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.util.PSQLException;

/** The gateway checks clients, and logs in to real servers as their user. */
class OwnAuthenticationIT {

  @TempDir Path folder;

  enum Server {
    LATEST(TestPostgres::latest),
    OLDEST(TestPostgres::oldest);

    @SuppressWarnings("ImmutableEnumChecker") // a stateless method reference
    private final Supplier<TestPostgres> supplier;

    Server(Supplier<TestPostgres> supplier) {
      this.supplier = supplier;
    }
  }

  private Path userList(String... lines) throws Exception {
    return Files.write(folder.resolve("users.txt"), List.of(lines));
  }

  private GatewayFixture gateway(TestDatabase database, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(Map.of("auth.method", "scram-sha-256"));
    all.putAll(settings);
    folder.resolve("migrations").toFile().mkdirs();
    return GatewayFixture.start(database, folder.resolve("migrations"), all);
  }

  private static String whoIs(GatewayFixture gateway, String user, String password)
      throws SQLException {
    try (Connection connection = connect(gateway, user, password);
        ResultSet row =
            connection
                .createStatement()
                .executeQuery("SELECT session_user || ' in ' || current_schema()")) {
      row.next();
      return row.getString(1);
    }
  }

  private static Connection connect(GatewayFixture gateway, String user, String password)
      throws SQLException {
    return gateway.connect(
        Map.of("user", user, "password", password, "currentSchema", "tenant_acme"));
  }

  private static void assertRefused(GatewayFixture gateway, String user, String password) {
    assertThatThrownBy(() -> whoIs(gateway, user, password))
        .isInstanceOfSatisfying(
            PSQLException.class,
            e -> {
              assertThat(e.getSQLState()).isEqualTo("28P01");
              assertThat(e.getMessage())
                  .isEqualTo("FATAL: password authentication failed for user \"" + user + "\"");
            });
  }

  private static void recreate(TestPostgres postgres, String user, Login login) {
    postgres.execute("DROP ROLE IF EXISTS " + user);
    postgres.createUser(user, "right", login);
  }

  /** Each kind of secret on the gateway's side, against each kind on the server's. */
  @ParameterizedTest
  @EnumSource
  void usersOfTheListLogIn(Server server) throws Exception {
    TestPostgres postgres = server.supplier.get();
    recreate(postgres, "own_clear", Login.CLEARTEXT);
    recreate(postgres, "own_md5", Login.MD5);
    recreate(postgres, "own_scram", Login.SCRAM);
    recreate(postgres, "own_keys", Login.SCRAM);
    recreate(postgres, "own_other", Login.SCRAM);
    try (TestDatabase database = postgres.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme; GRANT USAGE ON SCHEMA tenant_acme TO public");
      String verifier =
          database.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'own_keys'");
      Path users =
          userList(
              "; secrets",
              "\"own_clear\" \"right\"",
              "\"own_md5\" \"right\"",
              "\"own_scram\" \"right\"",
              "\"own_keys\" \"" + verifier + "\"",
              "\"own_other\" \"" + verifier + "\"");
      try (GatewayFixture gateway = gateway(database, Map.of("auth.user-list", users.toString()))) {
        for (String user : List.of("own_clear", "own_md5", "own_scram", "own_keys")) {
          assertThat(whoIs(gateway, user, "right")).isEqualTo(user + " in tenant_acme");
          assertRefused(gateway, user, "wrong");
        }
        assertRefused(gateway, "own_nobody", "right");
        assertRefused(gateway, "postgres", "postgres");
        // The list lets it in, and the server has another verifier: nobody else's rights instead.
        assertThatThrownBy(() -> whoIs(gateway, "own_other", "right"))
            .isInstanceOfSatisfying(
                PSQLException.class,
                e -> {
                  assertThat(e.getSQLState()).isEqualTo("28P01");
                  assertThat(e.getMessage()).contains("another SCRAM secret for this user");
                });
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void usersOfTheDatabaseLogIn(Server server) throws Exception {
    TestPostgres postgres = server.supplier.get();
    recreate(postgres, "asked", Login.SCRAM);
    recreate(postgres, "asked_md5", Login.MD5);
    try (TestDatabase database = postgres.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme; GRANT USAGE ON SCHEMA tenant_acme TO public");
      try (GatewayFixture gateway = gateway(database, Map.of("auth.query", "default"))) {
        assertThat(whoIs(gateway, "asked", "right")).isEqualTo("asked in tenant_acme");
        assertRefused(gateway, "asked", "wrong");
        assertRefused(gateway, "asked_md5", "right");
        assertRefused(gateway, "asked_nobody", "right");
        assertRefused(gateway, "asked'; DROP ROLE asked; --", "right");

        postgres.execute("ALTER ROLE asked VALID UNTIL '2001-01-01'");
        await().untilAsserted(() -> assertRefused(gateway, "asked", "right"));
        postgres.execute("ALTER ROLE asked VALID UNTIL 'infinity' NOLOGIN");
        await().untilAsserted(() -> assertRefused(gateway, "asked", "right"));
        postgres.execute("ALTER ROLE asked LOGIN");
        await().ignoreExceptions().untilAsserted(() -> whoIs(gateway, "asked", "right"));
      }
    }
  }

  /**
   * No wrong answer is remembered: whoever has just been made, or has another password, gets in.
   */
  @ParameterizedTest
  @EnumSource
  void aPasswordCountsFromTheMomentItIsSet(Server server) throws Exception {
    TestPostgres postgres = server.supplier.get();
    postgres.execute("DROP ROLE IF EXISTS asked_late");
    try (TestDatabase database = postgres.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme; GRANT USAGE ON SCHEMA tenant_acme TO public");
      try (GatewayFixture gateway =
          gateway(database, Map.of("auth.query", "default", "pool.mode", "transaction"))) {
        assertRefused(gateway, "asked_late", "right");
        recreate(postgres, "asked_late", Login.SCRAM);
        assertThat(whoIs(gateway, "asked_late", "right")).isEqualTo("asked_late in tenant_acme");
        for (String password : List.of("second", "third", "fourth")) {
          postgres.execute("ALTER ROLE asked_late PASSWORD '" + password + "'");
          assertRefused(gateway, "asked_late", "right");
          assertThat(whoIs(gateway, "asked_late", password)).isEqualTo("asked_late in tenant_acme");
        }
      }
    }
  }

  /** Its pool replaces the connection, and then has the new password. */
  @ParameterizedTest
  @EnumSource
  void whoWasConnectedWithAnotherPasswordIsToConnectAnew(Server server) throws Exception {
    TestPostgres postgres = server.supplier.get();
    recreate(postgres, "asked_again", Login.SCRAM);
    try (TestDatabase database = postgres.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme; GRANT USAGE ON SCHEMA tenant_acme TO public");
      try (GatewayFixture gateway =
              gateway(database, Map.of("auth.query", "default", "pool.mode", "transaction"));
          Connection before = connect(gateway, "asked_again", "right")) {
        before.createStatement().execute("SELECT 1");
        postgres.execute("ALTER ROLE asked_again PASSWORD 'other'");
        await()
            .untilAsserted(
                () ->
                    assertThatThrownBy(() -> before.createStatement().execute("SELECT 1"))
                        .isInstanceOfSatisfying(
                            PSQLException.class,
                            e -> {
                              assertThat(e.getSQLState()).isEqualTo("28P01");
                              assertThat(e.getServerErrorMessage().getSeverity())
                                  .isEqualTo("FATAL");
                            }));
        assertThat(before.isValid(1)).isFalse();
        assertThat(whoIs(gateway, "asked_again", "other")).isEqualTo("asked_again in tenant_acme");
      }
    }
  }

  /** The user's own query, and a list beside it. */
  @Test
  void aQueryOfOnesOwnIsAskedForWhoIsNotListed() throws Exception {
    TestPostgres postgres = TestPostgres.latest();
    recreate(postgres, "tabled", Login.CLEARTEXT);
    recreate(postgres, "listed", Login.SCRAM);
    try (TestDatabase database = postgres.newDatabase()) {
      database.execute(
          "CREATE SCHEMA tenant_acme; GRANT USAGE ON SCHEMA tenant_acme TO public;"
              + " CREATE TABLE public.secrets(usr text, secret text);"
              + " INSERT INTO public.secrets VALUES ('tabled', 'right'), ('listed', 'wrong')");
      Map<String, String> settings =
          Map.of(
              "auth.query",
              "SELECT usr, secret FROM public.secrets WHERE usr = $1",
              "auth.user-list",
              userList("\"listed\" \"right\"").toString());
      try (GatewayFixture gateway = gateway(database, settings)) {
        assertThat(whoIs(gateway, "tabled", "right")).isEqualTo("tabled in tenant_acme");
        assertThat(whoIs(gateway, "listed", "right")).isEqualTo("listed in tenant_acme");
        assertRefused(gateway, "listed", "wrong");
        assertRefused(gateway, "neither", "wrong");
      }
      try (GatewayFixture gateway =
          gateway(database, Map.of("auth.query", "SELECT nonsense FROM nowhere"))) {
        assertThatThrownBy(() -> whoIs(gateway, "tabled", "right"))
            .hasMessageContaining("can't look up users' secrets")
            .isInstanceOfSatisfying(
                PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"));
      }
    }
  }

  @Test
  void aReloadReadsTheListAnewOrKeepsTheOldOne() throws Exception {
    TestPostgres postgres = TestPostgres.latest();
    recreate(postgres, "reloaded", Login.CLEARTEXT);
    try (TestDatabase database = postgres.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme; GRANT USAGE ON SCHEMA tenant_acme TO public");
      Path users = userList("\"somebody\" \"else\"");
      try (GatewayFixture gateway = gateway(database, Map.of("auth.user-list", users.toString()))) {
        assertRefused(gateway, "reloaded", "right");

        userList("\"reloaded\" \"right\"");
        gateway.gateway().reload();
        assertThat(whoIs(gateway, "reloaded", "right")).isEqualTo("reloaded in tenant_acme");

        userList("\"reloaded\" \"wrong\"", "\"broken");
        assertThat(gateway.gateway().reload().toString()).contains("users.txt:2: auth.user-list");
        assertThat(whoIs(gateway, "reloaded", "right")).isEqualTo("reloaded in tenant_acme");
      }
    }
  }

  @Test
  void trustTakesWhatTheListHas() throws Exception {
    TestPostgres postgres = TestPostgres.latest();
    recreate(postgres, "trusted", Login.SCRAM);
    recreate(postgres, "trusted_bare", Login.SCRAM);
    try (TestDatabase database = postgres.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme; GRANT USAGE ON SCHEMA tenant_acme TO public");
      Map<String, String> settings =
          Map.of(
              "auth.method",
              "trust",
              "auth.user-list",
              userList("\"trusted\" \"right\"").toString());
      try (GatewayFixture gateway = gateway(database, settings)) {
        assertThat(whoIs(gateway, "trusted", "whatever")).isEqualTo("trusted in tenant_acme");
        assertThat(whoIs(gateway, "postgres", "")).isEqualTo("postgres in tenant_acme");
        assertThatThrownBy(() -> whoIs(gateway, "trusted_bare", "right"))
            .hasMessageContaining("no password for this user");
      }
    }
  }

  /** Only the server knows where this role goes: it is asked, and then the gate is. */
  @ParameterizedTest
  @EnumSource
  void aRolesOwnSearchPathIsGated(Server server) {
    TestPostgres postgres = server.supplier.get();
    postgres.execute("DROP ROLE IF EXISTS own_roaming");
    postgres.execute(
        "CREATE ROLE own_roaming LOGIN; ALTER ROLE own_roaming SET search_path = tenant_nowhere");
    try (TestDatabase database = postgres.newDatabase();
        GatewayFixture gateway = gateway(database, Map.of("auth.method", "trust"))) {
      assertThatThrownBy(() -> gateway.connect(Map.of("user", "own_roaming")))
          .hasMessageContaining("tenant_nowhere")
          .isInstanceOfSatisfying(
              PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3F000"));
    } finally {
      postgres.execute("DROP ROLE own_roaming");
    }
  }

  @Test
  void theServersRefusalReachesTheClient() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway =
            gateway(
                database,
                Map.of("auth.user-list", userList("\"ghost_role\" \"right\"").toString()))) {
      database.execute("CREATE SCHEMA tenant_acme");
      assertThatThrownBy(() -> whoIs(gateway, "ghost_role", "right"))
          .hasMessageContaining("role \"ghost_role\" does not exist")
          .isInstanceOfSatisfying(
              PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28000"));
    }
  }
}

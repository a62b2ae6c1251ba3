package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A new pooled session meets what a new connection to the server would, within two seconds of a
 * change there, and at once where the change has passed through the gateway. Those who were
 * connected before keep what they began with.
 */
class NewSessionIT {

  private static final int LOOPS = 2;

  enum Server {
    LATEST,
    OLDEST
  }

  private record Ground(TestDatabase database, GatewayFixture gateway) {}

  @TempDir static Path migrations;
  private static final Map<Server, Ground> grounds = new EnumMap<>(Server.class);

  private static Ground ground(Server server) {
    return grounds.computeIfAbsent(
        server,
        each -> {
          TestDatabase database =
              (each == Server.LATEST ? TestPostgres.latest() : TestPostgres.oldest()).newDatabase();
          for (String tenant : new String[] {"acme", "globex"}) {
            database.execute(
                "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.mark AS SELECT '%1$s'::text m;"
                        .formatted(tenant)
                    + "GRANT USAGE ON SCHEMA tenant_%1$s TO public;".formatted(tenant)
                    + "GRANT SELECT ON tenant_%1$s.mark TO public".formatted(tenant));
          }
          return new Ground(
              database,
              GatewayFixture.start(
                  database,
                  migrations,
                  Map.of(
                      "pool.mode", "transaction",
                      "pool.size", "4",
                      "auth.method", "trust",
                      "database.others", "pass",
                      "listen.threads", "" + LOOPS)));
        });
  }

  @AfterAll
  static void stop() {
    grounds
        .values()
        .forEach(
            ground -> {
              ground.gateway.close();
              ground.database.execute(
                  """
                  DO $$ DECLARE r name; BEGIN
                    FOR r IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'fresh\\_%' LOOP
                      EXECUTE format('DROP OWNED BY %1$I; DROP ROLE %1$I', r);
                    END LOOP; END $$\
                  """);
              ground.database.close();
            });
  }

  private static SocketClient client(Ground ground, String user, Map<String, String> parameters) {
    Map<String, String> all = new HashMap<>(parameters);
    all.put("user", user);
    return SocketClient.login(ground.gateway.port(), ground.database.name(), null, all);
  }

  /** What each of some new sessions answers: they come to all event loops. */
  private static List<String> ofNew(Ground ground, String user, String sql) {
    String[] values = new String[LOOPS + 1];
    for (int i = 0; i < values.length; i++) {
      try (SocketClient each = client(ground, user, Map.of())) {
        values[i] = each.value(sql);
      }
    }
    return List.of(values);
  }

  private static List<String> all(String value) {
    return List.of(value, value, value);
  }

  /** The SQLSTATE that a new session ends with; empty if it is let in. */
  private static String refusal(Ground ground, String user, String database) {
    try (SocketClient raw = SocketClient.connect(ground.gateway.port())) {
      raw.startsUp(Map.of("user", user, "database", database));
      while (true) {
        Frame message = raw.read();
        if (message.type() == 'E') {
          return message.field('S') + " " + message.field('C');
        }
        if (message.type() == 'Z') {
          return "";
        }
      }
    }
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(100));
  }

  private static void soonAll(Callable<List<String>> values, String expected) {
    soon().untilAsserted(() -> assertThat(values.call()).isEqualTo(all(expected)));
  }

  /**
   * A default that is changed.
   *
   * @param where for a user and a database
   * @param before set at first; null for what the server has
   */
  private record Default(String where, String name, @Nullable String before, String after) {

    String user() {
      return "fresh_set_" + name.toLowerCase(Locale.ROOT).replace('.', '_');
    }

    String place(Ground ground) {
      return where.formatted(user(), ground.database.name());
    }
  }

  private static final List<Default> DEFAULTS =
      List.of(
          new Default("ROLE %s", "search_path", "tenant_acme", "tenant_globex"),
          new Default("ROLE %s", "default_transaction_isolation", null, "serializable"),
          new Default("ROLE %s IN DATABASE %s", "default_transaction_read_only", null, "on"),
          new Default("DATABASE %2$s", "default_transaction_deferrable", null, "on"),
          new Default("DATABASE %2$s", "work_mem", null, "77MB"),
          new Default("ROLE ALL", "statement_timeout", null, "1h"),
          new Default("ROLE %s", "fresh.tenant", "one", "two"),
          new Default("ROLE %s", "TimeZone", null, "Asia/Tokyo"));

  @ParameterizedTest
  @EnumSource
  void defaultsOfRolesAndDatabases(Server server) throws Exception {
    Ground ground = ground(server);
    Map<Default, SocketClient> before = new LinkedHashMap<>();
    Map<Default, String> was = new HashMap<>();
    for (Default each : DEFAULTS) {
      ground.database.execute("CREATE ROLE " + each.user() + " LOGIN");
      if (each.before != null) {
        ground.database.execute(
            "ALTER %s SET %s = %s".formatted(each.place(ground), each.name, each.before));
      }
    }
    try {
      for (Default each : DEFAULTS) {
        SocketClient client = client(ground, each.user(), Map.of());
        before.put(each, client);
        was.put(each, client.value("SHOW " + each.name));
      }
      for (Default each : DEFAULTS) {
        ground.database.execute(
            "ALTER %s SET %s = '%s'".formatted(each.place(ground), each.name, each.after));
      }
      for (Default each : DEFAULTS) {
        soonAll(() -> ofNew(ground, each.user(), "SHOW " + each.name), each.after);
        keeps(of(before, each), each, of(was, each));
      }
      for (Default each : DEFAULTS) {
        ground.database.execute("ALTER %s RESET %s".formatted(each.place(ground), each.name));
      }
      for (Default each : DEFAULTS) {
        if (each.before == null) {
          soonAll(() -> ofNew(ground, each.user(), "SHOW " + each.name), of(was, each));
        }
      }
    } finally {
      for (Default each : DEFAULTS) {
        ground.database.execute("ALTER " + each.place(ground) + " RESET ALL");
      }
      for (SocketClient each : before.values()) {
        each.close();
      }
    }
  }

  private static <T> T of(Map<Default, T> map, Default key) {
    return Objects.requireNonNull(map.get(key));
  }

  /** Whoever was connected already has what it began with, also where it goes back to it. */
  private static void keeps(SocketClient client, Default each, String was) {
    assertThat(was).isEqualTo(each.before == null ? was : each.before);
    for (String sql :
        List.of(
            "SELECT 1",
            "RESET " + each.name,
            "RESET ALL",
            "DISCARD ALL",
            "BEGIN; SET LOCAL %s = '%s'; ROLLBACK".formatted(each.name, each.after))) {
      client.query(sql);
      assertThat(client.value("SHOW " + each.name)).as(each.name + " after " + sql).isEqualTo(was);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theOldPathIsReadAndWrittenByThoseOnlyWhoHaveIt(Server server) throws Exception {
    Ground ground = ground(server);
    ground.database.execute(
        "CREATE ROLE fresh_path LOGIN; ALTER ROLE fresh_path SET search_path = tenant_acme");
    try (SocketClient old = client(ground, "fresh_path", Map.of())) {
      assertThat(old.value("SELECT m FROM mark")).isEqualTo("acme");
      ground.database.execute("ALTER ROLE fresh_path SET search_path = tenant_globex");
      soonAll(() -> ofNew(ground, "fresh_path", "SELECT m FROM mark"), "globex");
      assertThat(old.value("SELECT m FROM mark")).isEqualTo("acme");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatPassesIsMetAtOnce(Server server) throws Exception {
    Ground ground = ground(server);
    try (SocketClient admin = client(ground, "postgres", Map.of())) {
      admin.query("CREATE ROLE fresh_passed LOGIN");
      for (String value : List.of("11MB", "12MB", "13MB")) {
        admin.query("ALTER ROLE fresh_passed SET work_mem = '" + value + "'");
        assertThat(ofNew(ground, "fresh_passed", "SHOW work_mem")).isEqualTo(all(value));
      }
      admin.query("BEGIN; ALTER ROLE fresh_passed SET work_mem = '14MB'; COMMIT");
      assertThat(ofNew(ground, "fresh_passed", "SHOW work_mem")).isEqualTo(all("14MB"));
      admin.sends("P - ALTER USER fresh_passed RESET ALL", "B -", "E", "S");
      admin.until('Z');
      assertThat(ofNew(ground, "fresh_passed", "SHOW work_mem")).isEqualTo(all("4MB"));
      admin.query("ALTER ROLE fresh_passed NOLOGIN");
      assertThat(refusal(ground, "fresh_passed", ground.database.name())).isEqualTo("FATAL 28000");
    }
  }

  /** What is done to a role or a database, and what a new session is told. */
  private static final Map<String, String> CHANGES =
      Map.of(
          "ALTER ROLE %1$s NOLOGIN", "28000",
          "DROP ROLE %1$s", "28000",
          "ALTER ROLE %1$s RENAME TO %1$s_2", "28000",
          "REVOKE CONNECT ON DATABASE %2$s FROM public", "42501",
          "ALTER DATABASE %2$s ALLOW_CONNECTIONS false", "55000");

  @ParameterizedTest
  @EnumSource
  void whoMayNotConnectAnyMore(Server server) throws Exception {
    Ground ground = ground(server);
    List<String> changes = List.copyOf(CHANGES.keySet());
    List<TestDatabase> databases = new ArrayList<>();
    List<SocketClient> before = new ArrayList<>();
    try {
      for (int i = 0; i < changes.size(); i++) {
        ground.database.execute("CREATE ROLE fresh_out_" + i + " LOGIN");
        TestDatabase database = ground.database.server().newDatabase();
        databases.add(database);
        SocketClient client =
            SocketClient.login(
                ground.gateway.port(), database.name(), null, Map.of("user", "fresh_out_" + i));
        before.add(client);
        assertThat(client.value("SELECT 1")).isEqualTo("1");
      }
      for (int i = 0; i < changes.size(); i++) {
        ground.database.execute(
            changes.get(i).formatted("fresh_out_" + i, databases.get(i).name()));
      }
      for (int i = 0; i < changes.size(); i++) {
        String user = "fresh_out_" + i;
        String database = databases.get(i).name();
        String expected = CHANGES.get(changes.get(i));
        // Nor does one who was connected: its pool is told to connect anew.
        assertThat(endOf(before.get(i))).as(changes.get(i)).isEqualTo(expected);
        for (int times = 0; times < LOOPS; times++) {
          soon().until(() -> refusal(ground, user, database), ("FATAL " + expected)::equals);
        }
      }
    } finally {
      for (SocketClient each : before) {
        each.close();
      }
      for (TestDatabase each : databases) {
        ground.database.execute("ALTER DATABASE " + each.name() + " ALLOW_CONNECTIONS true");
        each.close();
      }
    }
  }

  /** The SQLSTATE that a session ends with before long. */
  private static String endOf(SocketClient client) {
    String[] last = new String[1];
    soon()
        .until(
            () -> {
              Frame first = client.sends("Q SELECT 1").read();
              if (first.type() == 'E') {
                last[0] = first.field('C');
                return client.untilEnd().isEmpty();
              }
              client.until('Z');
              return false;
            });
    return last[0];
  }

  @ParameterizedTest
  @EnumSource
  void aRoleThatIsMadeAnewIsAnother(Server server) throws Exception {
    Ground ground = ground(server);
    ground.database.execute("CREATE ROLE fresh_again LOGIN");
    assertThat(ofNew(ground, "fresh_again", "SELECT current_user")).isEqualTo(all("fresh_again"));
    ground.database.execute("DROP ROLE fresh_again; CREATE ROLE fresh_again LOGIN CREATEDB");
    soonAll(
        () -> ofNew(ground, "fresh_again", "SELECT current_user::regrole::oid::text"),
        String.valueOf(ground.database.value("SELECT 'fresh_again'::regrole::oid::text")));
  }

  @ParameterizedTest
  @EnumSource
  void rightsAndMembershipsAreTheRolesOwn(Server server) throws Exception {
    Ground ground = ground(server);
    ground.database.execute("CREATE ROLE fresh_group; CREATE ROLE fresh_member LOGIN");
    try (SocketClient old = client(ground, "fresh_member", Map.of())) {
      assertThat(old.query("SET ROLE fresh_group")).contains("E 42501");
      ground.database.execute("GRANT fresh_group TO fresh_member");
      soon()
          .until(
              () -> ofNew(ground, "fresh_member", "SELECT pg_has_role('fresh_group', 'USAGE')"),
              all("t")::equals);
      assertThat(old.query("SET ROLE fresh_group")).contains("C SET");
      ground.database.execute("ALTER ROLE fresh_member SUPERUSER");
      soonAll(() -> ofNew(ground, "fresh_member", "SHOW is_superuser"), "on");
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAccountThatMustNotReadPasswordsNoticesAllElse(Server server) throws Exception {
    Ground ground = ground(server);
    TestDatabase database = ground.database;
    database.execute("CREATE ROLE fresh_account LOGIN; CREATE ROLE fresh_watched LOGIN");
    database.execute("GRANT CREATE ON DATABASE " + database.name() + " TO fresh_account");
    try (GatewayFixture gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of(
                "database.url",
                "postgresql://fresh_account@%s:%d/%s?sslmode=disable"
                    .formatted(database.server().host(), database.server().port(), database.name()),
                "pool.mode",
                "transaction",
                "auth.method",
                "trust"))) {
      Ground limited = new Ground(database, gateway);
      assertThat(ofNew(limited, "fresh_watched", "SHOW work_mem")).isEqualTo(all("4MB"));
      database.execute("ALTER ROLE fresh_watched SET work_mem = '31MB'");
      soonAll(() -> ofNew(limited, "fresh_watched", "SHOW work_mem"), "31MB");
      database.execute("ALTER ROLE fresh_watched NOLOGIN");
      soon().until(() -> refusal(limited, "fresh_watched", database.name()), "FATAL 28000"::equals);
    }
  }

  @ParameterizedTest
  @EnumSource
  void filesThatAreReadAgainAreMetByAll(Server server) throws Exception {
    Ground ground = ground(server);
    TestPostgres postgres = ground.database.server();
    try (SocketClient old = client(ground, "postgres", Map.of())) {
      assertThat(old.value("SHOW work_mem")).isEqualTo("4MB");
      alterSystem(postgres, "SET work_mem = '23MB'");
      soonAll(() -> ofNew(ground, "postgres", "SHOW work_mem"), "23MB");
      assertThat(old.value("SHOW work_mem")).isEqualTo("23MB");
    } finally {
      alterSystem(postgres, "RESET work_mem");
    }
  }

  private static void alterSystem(TestPostgres postgres, String what) {
    postgres.execute("ALTER SYSTEM " + what);
    postgres.execute("SELECT pg_reload_conf()");
  }

  @ParameterizedTest
  @EnumSource
  void whoNeedsADatabaseAloneGetsIt(Server server) throws Exception {
    Ground ground = ground(server);
    for (String sql :
        List.of(
            "CREATE DATABASE fresh_copy TEMPLATE fresh_base",
            "ALTER DATABASE fresh_base RENAME TO fresh_moved",
            "DROP DATABASE fresh_moved",
            "DROP DATABASE \"fresh_copy\"")) {
      for (boolean passes : new boolean[] {true, false}) {
        String suffix = server.name().toLowerCase(Locale.ROOT) + (passes ? "_p" : "_d");
        String named = sql.replaceAll("(fresh_\\w+)", "$1_" + suffix);
        for (String each : List.of("base", "moved", "copy")) {
          String name = "fresh_" + each + "_" + suffix;
          if (each.equals("base") && sql.startsWith("CREATE")) {
            ground.database.execute("CREATE DATABASE " + name);
          }
          use(ground, name);
        }
        if (passes) {
          try (SocketClient admin = client(ground, "postgres", Map.of())) {
            assertThat(admin.query(named)).as(named).doesNotContain("E 55006").contains("Z I");
          }
        } else {
          ground.database.execute(named);
        }
      }
    }
  }

  /** Leaves an idle backend in a database, if it is there. */
  private static void use(Ground ground, String database) {
    if (refusal(ground, "postgres", database).isEmpty()) {
      try (SocketClient client = SocketClient.login(ground.gateway.port(), database)) {
        client.query("SELECT 1");
      }
    }
  }

  @Test
  void theServersNoticesAtLoginArePassedOn() throws Exception {
    Ground ground = ground(Server.LATEST);
    ground.database.execute(
        """
        CREATE ROLE fresh_greeted LOGIN;
        CREATE FUNCTION public.greet() RETURNS event_trigger LANGUAGE plpgsql AS
          $$ BEGIN
            IF session_user = 'fresh_greeted' THEN RAISE WARNING 'maintenance at ten'; END IF;
          END $$;
        CREATE EVENT TRIGGER greets ON login EXECUTE FUNCTION public.greet();
        """);
    try {
      for (int i = 0; i < 3; i++) {
        try (SocketClient raw = SocketClient.connect(ground.gateway.port())) {
          raw.startsUp(Map.of("user", "fresh_greeted", "database", ground.database.name()));
          assertThat(raw.readUntil('Z'))
              .filteredOn(message -> message.type() == 'N')
              .singleElement()
              .satisfies(
                  notice -> {
                    assertThat(notice.field('S')).isEqualTo("WARNING");
                    assertThat(notice.field('M')).isEqualTo("maintenance at ten");
                  });
        }
      }
    } finally {
      ground.database.execute("DROP EVENT TRIGGER greets");
    }
  }
}

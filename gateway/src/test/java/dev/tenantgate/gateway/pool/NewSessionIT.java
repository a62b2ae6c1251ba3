package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A new pooled session has the defaults of a new connection to the server: within two seconds of a
 * change there, and at once if the change has passed through the gateway. Clients that were
 * connected before keep the settings they began with.
 */
class NewSessionIT extends NewSessionGround {

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
      return where.formatted(user(), ground.database().name());
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
      ground.database().execute("CREATE ROLE " + each.user() + " LOGIN");
      if (each.before != null) {
        ground
            .database()
            .execute("ALTER %s SET %s = %s".formatted(each.place(ground), each.name, each.before));
      }
    }
    try {
      for (Default each : DEFAULTS) {
        SocketClient client = client(ground, each.user(), Map.of());
        before.put(each, client);
        was.put(each, client.value("SHOW " + each.name));
      }
      for (Default each : DEFAULTS) {
        ground
            .database()
            .execute("ALTER %s SET %s = '%s'".formatted(each.place(ground), each.name, each.after));
      }
      for (Default each : DEFAULTS) {
        soonAll(() -> ofNew(ground, each.user(), "SHOW " + each.name), each.after);
        keeps(of(before, each), each, of(was, each));
      }
      for (Default each : DEFAULTS) {
        ground.database().execute("ALTER %s RESET %s".formatted(each.place(ground), each.name));
      }
      for (Default each : DEFAULTS) {
        if (each.before == null) {
          soonAll(() -> ofNew(ground, each.user(), "SHOW " + each.name), of(was, each));
        }
      }
    } finally {
      for (Default each : DEFAULTS) {
        ground.database().execute("ALTER " + each.place(ground) + " RESET ALL");
      }
      for (SocketClient each : before.values()) {
        each.close();
      }
    }
  }

  private static <T> T of(Map<Default, T> map, Default key) {
    return Objects.requireNonNull(map.get(key));
  }

  /** A client that was connected already keeps the default it began with, also when it resets. */
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
    ground
        .database()
        .execute(
            "CREATE ROLE fresh_path LOGIN; ALTER ROLE fresh_path SET search_path = tenant_acme");
    try (SocketClient old = client(ground, "fresh_path", Map.of())) {
      assertThat(old.value("SELECT m FROM mark")).isEqualTo("acme");
      ground.database().execute("ALTER ROLE fresh_path SET search_path = tenant_globex");
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
      assertThat(refusal(ground, "fresh_passed", ground.database().name()))
          .isEqualTo("FATAL 28000");
    }
  }

  @ParameterizedTest
  @EnumSource
  void filesThatAreReadAgainAreMetByAll(Server server) throws Exception {
    Ground ground = ground(server);
    TestPostgres postgres = ground.database().server();
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

  @Test
  void theServersNoticesAtLoginArePassedOn() throws Exception {
    Ground ground = ground(Server.LATEST);
    ground
        .database()
        .execute(
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
        try (SocketClient raw = SocketClient.connect(ground.gateway().port())) {
          raw.startsUp(Map.of("user", "fresh_greeted", "database", ground.database().name()));
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
      ground.database().execute("DROP EVENT TRIGGER greets");
    }
  }
}

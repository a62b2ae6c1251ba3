package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rights to connect that change at the server, and databases that somebody needs alone. */
class NewSessionRolesIT extends NewSessionGround {

  /** Changes of a role or a database, and the SQLSTATE that a new session gets then. */
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
        ground.database().execute("CREATE ROLE fresh_out_" + i + " LOGIN");
        TestDatabase database = ground.database().server().newDatabase();
        databases.add(database);
        SocketClient client =
            SocketClient.login(
                ground.gateway().port(), database.name(), null, Map.of("user", "fresh_out_" + i));
        before.add(client);
        assertThat(client.value("SELECT 1")).isEqualTo("1");
      }
      for (int i = 0; i < changes.size(); i++) {
        ground
            .database()
            .execute(changes.get(i).formatted("fresh_out_" + i, databases.get(i).name()));
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
        ground.database().execute("ALTER DATABASE " + each.name() + " ALLOW_CONNECTIONS true");
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
    ground.database().execute("CREATE ROLE fresh_again LOGIN");
    assertThat(ofNew(ground, "fresh_again", "SELECT current_user")).isEqualTo(all("fresh_again"));
    ground.database().execute("DROP ROLE fresh_again; CREATE ROLE fresh_again LOGIN CREATEDB");
    soonAll(
        () -> ofNew(ground, "fresh_again", "SELECT current_user::regrole::oid::text"),
        String.valueOf(ground.database().value("SELECT 'fresh_again'::regrole::oid::text")));
  }

  @ParameterizedTest
  @EnumSource
  void rightsAndMembershipsAreTheRolesOwn(Server server) throws Exception {
    Ground ground = ground(server);
    ground.database().execute("CREATE ROLE fresh_group; CREATE ROLE fresh_member LOGIN");
    try (SocketClient old = client(ground, "fresh_member", Map.of())) {
      assertThat(old.query("SET ROLE fresh_group")).contains("E 42501");
      ground.database().execute("GRANT fresh_group TO fresh_member");
      soon()
          .until(
              () -> ofNew(ground, "fresh_member", "SELECT pg_has_role('fresh_group', 'USAGE')"),
              all("t")::equals);
      assertThat(old.query("SET ROLE fresh_group")).contains("C SET");
      ground.database().execute("ALTER ROLE fresh_member SUPERUSER");
      soonAll(() -> ofNew(ground, "fresh_member", "SHOW is_superuser"), "on");
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAccountThatMustNotReadPasswordsNoticesAllElse(Server server) throws Exception {
    Ground ground = ground(server);
    TestDatabase database = ground.database();
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
            ground.database().execute("CREATE DATABASE " + name);
          }
          use(ground, name);
        }
        if (passes) {
          try (SocketClient admin = client(ground, "postgres", Map.of())) {
            assertThat(admin.query(named)).as(named).doesNotContain("E 55006").contains("Z I");
          }
        } else {
          ground.database().execute(named);
        }
      }
    }
  }

  /** Leaves an idle backend in a database, if it is there. */
  private static void use(Ground ground, String database) {
    if (refusal(ground, "postgres", database).isEmpty()) {
      try (SocketClient client = SocketClient.login(ground.gateway().port(), database)) {
        client.query("SELECT 1");
      }
    }
  }
}

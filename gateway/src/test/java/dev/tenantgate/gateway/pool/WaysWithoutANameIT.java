package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Routines that run without a name of theirs, or of what depends on them, in the statement: their
 * client keeps what they set, and the next client of the only backend has nothing of it.
 */
class WaysWithoutANameIT {

  private static final String HIDDEN =
      """
      CREATE FUNCTION public.hid(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
        PERFORM set_config('app.' || 'tenant', 'acme', false), pg_advisory_lock(77);
        SET work_mem TO '23MB'; RETURN n; END $$;
      """;

  private static final String STATE =
      "SELECT current_setting('work_mem'), coalesce(current_setting('app.tenant', true), ''),"
          + " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid ="
          + " pg_backend_pid())";

  @TempDir Path migrations;

  private record Way(String name, int since, String objects, String sql) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Way> ways() {
    return List.of(
        new Way(
            "a cast on assignment",
            14,
            """
            CREATE TYPE public.box AS (a int);
            CREATE FUNCTION public.boxed(int) RETURNS public.box LANGUAGE sql AS
              $$ SELECT ROW(public.hid($1))::public.box $$;
            CREATE CAST (int AS public.box) WITH FUNCTION public.boxed(int) AS ASSIGNMENT;
            CREATE TABLE public.boxes(b public.box);
            """,
            "INSERT INTO public.boxes VALUES (1)"),
        new Way(
            "an operator class",
            14,
            """
            CREATE FUNCTION public.compared(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
              $$ BEGIN PERFORM public.hid(1); RETURN $1 - $2; END $$;
            CREATE OPERATOR CLASS public.odd_ops FOR TYPE int USING btree AS
              OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
              FUNCTION 1 public.compared(int, int);
            CREATE TABLE public.sorted(a int);
            INSERT INTO public.sorted VALUES (1), (2), (3);
            CREATE INDEX ON public.sorted (a public.odd_ops);
            """,
            "INSERT INTO public.sorted VALUES (4)"),
        new Way(
            "a name of a space",
            14,
            "CREATE FUNCTION public.\" \"(n int) RETURNS int LANGUAGE sql AS"
                + " $$ SELECT public.hid(n) $$",
            "SELECT \" \"(1)"),
        new Way(
            "a wrapper's validator",
            14,
            """
            CREATE FUNCTION public.valid(text[], oid) RETURNS void LANGUAGE plpgsql AS
              $$ BEGIN PERFORM public.hid(1); END $$;
            CREATE FOREIGN DATA WRAPPER odd VALIDATOR public.valid;
            CREATE SERVER far FOREIGN DATA WRAPPER odd;
            """,
            "ALTER SERVER far OPTIONS (ADD a 'b')"),
        new Way(
            "a type's name that is put together",
            16,
            "CREATE DOMAIN public.dom AS int CHECK (public.hid(VALUE) > 0)",
            "SELECT pg_input_is_valid('5', 'public.' || 'do' || 'm')"),
        new Way(
            "a language of one's own",
            14,
            """
            CREATE LANGUAGE odd HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler
              VALIDATOR plpgsql_validator;
            CREATE FUNCTION public.oddly() RETURNS int LANGUAGE odd AS
              $$ BEGIN RETURN public.hid(1); END $$;
            """,
            "SELECT public.oddly()"),
        new Way(
            "a block of it",
            14,
            "CREATE LANGUAGE odd HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler",
            "DO LANGUAGE odd $$ BEGIN PERFORM public.hid(1); END $$"));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void onTheNewest(Way way) throws Exception {
    leadsToNobodyElse(TestPostgres.latest(), way);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void onTheOldest(Way way) throws Exception {
    leadsToNobodyElse(TestPostgres.oldest(), way);
  }

  private void leadsToNobodyElse(TestPostgres server, Way way) throws Exception {
    assumeTrue(server.majorVersion() >= way.since());
    try (TestDatabase database = server.newDatabase()) {
      database.execute(HIDDEN);
      database.execute(way.objects());
      try (GatewayFixture gateway = start(database);
          SocketClient other = client(gateway.port(), database)) {
        String before = other.value(STATE);
        try (SocketClient one = client(gateway.port(), database)) {
          assertThat(one.query(way.sql())).noneMatch(answer -> answer.startsWith("E "));
          other.sends("Q " + STATE); // which may have to wait for its backend
          assertThat(one.value(STATE)).isEqualTo("23MB|acme|1");
        }
        assertThat(SocketClient.value(other.until('Z'))).isEqualTo(before);
      }
    }
  }

  private GatewayFixture start(TestDatabase database) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of("pool.mode", "transaction", "pool.size", "1", "auth.method", "trust"));
  }

  private static SocketClient client(int port, TestDatabase database) throws Exception {
    return SocketClient.login(port, database.name(), "public", Map.of());
  }

  /** It runs once for each backend: its settings are those of a fresh connection, for everybody. */
  @ParameterizedTest
  @MethodSource("modes")
  void aLoginTriggersSettingsAreEverybodys(String mode) throws Exception {
    TestPostgres server = TestPostgres.latest();
    assumeTrue(server.majorVersion() >= 17);
    try (TestDatabase database = server.newDatabase()) {
      database.execute(
          """
          CREATE FUNCTION public.hid() RETURNS void LANGUAGE plpgsql AS
            $$ BEGIN PERFORM set_config('app.' || 'call', 'acme', false); END $$;
          CREATE FUNCTION public.at_login() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM set_config('app.login', 'in', false); SET work_mem TO '7MB'; END $$;
          CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION public.at_login();
          ALTER EVENT TRIGGER at_login ENABLE ALWAYS;
          """);
      String state =
          "SELECT current_setting('work_mem'), coalesce(current_setting('app.login', true), ''),"
              + " coalesce(current_setting('app.call', true), '')";
      try (GatewayFixture gateway =
              GatewayFixture.start(
                  database,
                  migrations,
                  Map.of("pool.mode", mode, "pool.size", "1", "auth.method", "trust"));
          SocketClient one = client(gateway.port(), database)) {
        assertThat(one.value(state)).isEqualTo("7MB|in|");
        one.query("SELECT public.hid()");
        assertThat(one.value(state)).isEqualTo("7MB|in|acme");
        try (SocketClient other = client(gateway.port(), database)) {
          assertThat(other.value(state)).isEqualTo("7MB|in|");
          other.query("SET work_mem TO '9MB'");
          other.query("SELECT public.hid()");
          assertThat(other.value(state)).isEqualTo("9MB|in|acme");
          assertThat(one.value(state)).isEqualTo("7MB|in|acme");
        }
      }
    }
  }

  static List<String> modes() {
    return List.of("session");
  }
}

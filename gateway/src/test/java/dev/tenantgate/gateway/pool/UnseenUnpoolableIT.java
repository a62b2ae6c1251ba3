package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Functions leave what can't be pooled in the session that calls them, in whatever way they are
 * called: the session keeps its backend where something is left, or the call is refused, as
 * configured.
 */
class UnseenUnpoolableIT {

  private static final String FUNCTIONS =
      """
      CREATE FUNCTION public.lock_it(n int) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_lock(n); END $$;
      CREATE FUNCTION public.outer_lock() RETURNS int LANGUAGE sql AS
        $$ SELECT public.lock_it(2); SELECT 1 $$;
      CREATE FUNCTION public.atomic_lock() RETURNS boolean LANGUAGE sql
        RETURN pg_try_advisory_lock_shared(3);
      CREATE PROCEDURE public.lock_all() LANGUAGE sql AS $$ SELECT public.lock_it(4) $$;
      CREATE FUNCTION public.tx_lock() RETURNS void LANGUAGE sql AS
        $$ SELECT pg_advisory_xact_lock(5) $$;
      CREATE FUNCTION public.lock_and_unlock() RETURNS boolean LANGUAGE sql AS
        $$ SELECT pg_advisory_lock(6); SELECT pg_advisory_unlock(6) $$;
      CREATE FUNCTION public.temp_it() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN CREATE TEMP TABLE mine(i int); END $$;
      CREATE FUNCTION public.temp_tx() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN CREATE TEMP TABLE passing(i int) ON COMMIT DROP; END $$;
      CREATE FUNCTION public.listening(channel text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE format('LISTEN %I', channel); END $$;
      CREATE FUNCTION public.seeding() RETURNS void LANGUAGE sql AS $$ SELECT setseed(0.5) $$;
      CREATE FUNCTION public.preparing() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE 'PREPARE p AS SELECT 1'; END $$;
      CREATE FUNCTION public.holding() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT 1'; END $$;
      CREATE FUNCTION public.hardened() RETURNS int LANGUAGE sql
        SET search_path = public, pg_temp AS $$ SELECT 1 $$;
      """;

  private static final String WAYS =
      """
      CREATE TABLE public.parent(id int PRIMARY KEY);
      INSERT INTO public.parent VALUES (1), (2), (3), (4);
      CREATE TABLE public.trap(id int REFERENCES public.parent ON DELETE CASCADE);
      INSERT INTO public.trap VALUES (4);
      CREATE TABLE public.root(id int PRIMARY KEY);
      ALTER TABLE public.trap ADD root int REFERENCES public.root;
      CREATE FUNCTION public.trapped() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.lock_it(7); RETURN COALESCE(NEW, OLD); END $$;
      CREATE TRIGGER trap BEFORE INSERT OR DELETE ON public.trap
        FOR EACH ROW EXECUTE FUNCTION public.trapped();
      CREATE VIEW public.looking AS SELECT public.outer_lock();
      CREATE VIEW public.over_trap AS SELECT * FROM public.trap;
      CREATE FUNCTION public.filling() RETURNS void LANGUAGE sql AS
        $$ INSERT INTO public.over_trap VALUES (3) $$;
      CREATE TABLE public.defaulted(id int, n int DEFAULT public.outer_lock());
      """;

  private static final String LISTENING = "SELECT public.listening('news')";

  /** Statements that leave something behind. */
  private static final List<String> LEAVING =
      List.of(
          "SELECT public.lock_it(1)",
          "SELECT public.\"outer_lock\"()",
          "SELECT PUBLIC.Atomic_Lock()",
          "CALL public.lock_all()",
          "DO $$ BEGIN PERFORM pg_advisory_lock(1); END $$",
          "SELECT public.temp_it()",
          LISTENING,
          "SELECT public.seeding()",
          "SELECT public.preparing()",
          "SELECT public.holding()",
          "INSERT INTO public.trap VALUES (1)",
          "DELETE FROM public.parent WHERE id = 4",
          "SELECT * FROM public.looking",
          "INSERT INTO public.over_trap VALUES (2)",
          "SELECT public.filling()",
          "INSERT INTO public.defaulted VALUES (1)");

  /** Statements that name such functions, or what leads to them, and leave nothing. */
  private static final List<String> LEAVING_NOTHING =
      List.of(
          "SELECT public.tx_lock()",
          "SELECT public.temp_tx()",
          "SELECT public.hardened()",
          "SELECT count(*) FROM public.over_trap",
          "INSERT INTO public.root VALUES (1)",
          "GRANT EXECUTE ON FUNCTION public.lock_it TO PUBLIC",
          "CREATE OR REPLACE VIEW public.looking AS SELECT public.outer_lock()");

  @TempDir Path migrations;

  private static TestDatabase database(boolean latest) {
    TestPostgres server = latest ? TestPostgres.latest() : TestPostgres.oldest();
    TestDatabase database = server.newDatabase();
    database.execute("CREATE SCHEMA tenant_acme;" + FUNCTIONS + WAYS);
    return database;
  }

  private GatewayFixture gateway(TestDatabase database, String unpoolable) {
    return gateway(database, unpoolable, "10s");
  }

  /** One that looks at the routines anew from time to time. */
  private GatewayFixture gateway(TestDatabase database, String unpoolable, String interval) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of(
            "pool.mode", "transaction",
            "pool.size", "1",
            "pool.unpoolable", unpoolable,
            "gate.recheck-interval", interval,
            "auth.method", "trust"));
  }

  private static SocketClient client(GatewayFixture gateway, TestDatabase database) {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme,public", Map.of());
  }

  /** Whether a client has the backend beyond its transactions, and another one when it has gone. */
  private static boolean keepsItsBackend(
      GatewayFixture gateway, SocketClient one, SocketClient other) throws Exception {
    one.query("SELECT 1");
    boolean pinned = PinIT.get(gateway, "/api/v1/sessions?pinned=true").contains("pinned");
    other.sends("Q SELECT 1");
    one.close();
    return pinned && SocketClient.value(other.until('Z')).equals("1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whereSomethingIsLeftTheSessionKeepsItsBackend(boolean latest) throws Exception {
    try (TestDatabase database = database(latest);
        GatewayFixture gateway = gateway(database, "pin")) {
      for (String sql : LEAVING) {
        if (sql.equals(LISTENING)) {
          continue; // which another connection does for the session: see ListenIT
        }
        try (SocketClient one = client(gateway, database);
            SocketClient other = client(gateway, database)) {
          assertThat(one.query(sql)).as(sql).noneMatch(answer -> answer.startsWith("E"));
          assertThat(keepsItsBackend(gateway, one, other)).as(sql).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whereNothingIsLeftItIsPooled(boolean latest) throws Exception {
    try (TestDatabase database = database(latest);
        GatewayFixture gateway = gateway(database, "pin");
        SocketClient other = client(gateway, database)) {
      String pid = other.value("SELECT pg_backend_pid()");
      try (SocketClient one = client(gateway, database)) {
        for (String sql : LEAVING_NOTHING) {
          assertThat(one.query(sql)).as(sql).noneMatch(answer -> answer.startsWith("E"));
          assertThat(other.value("SELECT pg_backend_pid()")).as(sql).isEqualTo(pid);
        }
        one.query("SELECT public.lock_and_unlock()");
        assertThat(other.value("SELECT pg_backend_pid()")).isEqualTo(pid);
        one.query("BEGIN; SELECT public.temp_it(); ROLLBACK");
        assertThat(other.value("SELECT pg_backend_pid()")).isEqualTo(pid);
        one.query("BEGIN; SELECT public.lock_it(1); ROLLBACK"); // which the lock outlives
        assertThat(keepsItsBackend(gateway, one, other)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itIsRefusedWhereThatIsAskedFor(boolean latest) throws Exception {
    try (TestDatabase database = database(latest);
        GatewayFixture gateway = gateway(database, "refuse");
        SocketClient client = client(gateway, database)) {
      for (String sql : LEAVING) {
        assertThat(client.query(sql)).as(sql).containsExactly("E 0A000", "Z I");
        assertThat(client.sends("P - " + sql, "B -", "E", "S").until('Z'))
            .as(sql)
            .endsWith("E 0A000", "Z I");
      }
      for (String sql : LEAVING_NOTHING) {
        assertThat(client.query(sql)).as(sql).noneMatch(answer -> answer.startsWith("E"));
      }
      assertThat(database.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
          .isEqualTo("0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT public.late_lock()",
        "SELECT 1 WHERE public.late_nest() > 0",
        "INSERT INTO public.late VALUES (1)",
      })
  void whatIsMadeJustNowIsKnown(String call) throws Exception {
    String makes =
        """
        CREATE TABLE public.late(id int);
        CREATE FUNCTION public.late_lock() RETURNS int LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_advisory_lock(8); RETURN 1; END $$;
        CREATE FUNCTION public.late_nest() RETURNS int LANGUAGE sql AS
          $$ SELECT public.late_lock() $$;
        ALTER TABLE public.late ALTER id SET DEFAULT 5, ADD n int;
        ALTER TABLE public.late ALTER n SET DEFAULT public.late_nest();
        """;
    for (boolean together : List.of(true, false)) {
      try (TestDatabase database = database(false);
          GatewayFixture gateway = gateway(database, "pin");
          SocketClient one = client(gateway, database);
          SocketClient other = client(gateway, database)) {
        if (together) {
          assertThat(one.query(makes + call)).endsWith("Z I").noneMatch(a -> a.startsWith("E"));
        } else {
          one.query(makes);
          assertThat(one.query(call)).noneMatch(answer -> answer.startsWith("E"));
        }
        assertThat(keepsItsBackend(gateway, one, other)).isTrue();
      }
    }
  }

  /** Nobody tells the gateway; it looks every few seconds, and statements are judged anew. */
  @Test
  void whatOthersChangeIsFound() throws Exception {
    try (TestDatabase database = database(true);
        GatewayFixture gateway = gateway(database, "refuse", "500ms");
        SocketClient client = client(gateway, database)) {
      client.sends("P s SELECT public.tx_lock()", "B s", "E", "S");
      assertThat(client.until('Z')).contains("C SELECT 1");
      database.execute(
          "CREATE OR REPLACE FUNCTION public.tx_lock() RETURNS void LANGUAGE sql AS "
              + "$$ SELECT pg_advisory_lock(5) $$");
      await()
          .untilAsserted(
              () ->
                  assertThat(client.query("SELECT public.tx_lock() WHERE false"))
                      .containsExactly("E 0A000", "Z I"));
      client.sends("B s", "E", "S").gets("E 0A000", "Z I");
    }
  }
}

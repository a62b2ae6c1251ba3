package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.close;
import static dev.tenantgate.gateway.pool.PooledClient.describe;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Clients that share two backends send at random what touches their sessions, and each has a twin
 * on a connection of its own to the same server that sends the same: message by message, both get
 * the same answers. With the properties {@code tenantgate.same-answers.seed} and {@code .steps} it
 * goes on from elsewhere, and for longer; with {@code .hidden} it sends hidden ways as well.
 */
class SameAnswersIT {

  private static final int CLIENTS = 5;

  /** What nobody but the session itself may know of; %d is a small number, %s a tenant's schema. */
  private static final List<String> STATEMENTS =
      List.of(
          "SET work_mem TO '%dMB'",
          "SET LOCAL work_mem TO '9MB'",
          "SET statement_timeout TO %d00000",
          "SET application_name TO 'x%d'",
          "SET my.custom TO 'v%d'",
          "SET datestyle TO 'german'",
          "SET DateStyle TO iso, mdy",
          "SET TIME ZONE 'Europe/Berlin'",
          "SET NAMES 'latin1'",
          "SET client_encoding TO utf8",
          "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
          "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
          "SET search_path TO %s",
          "SET search_path TO %s",
          "SET LOCAL search_path TO %s",
          "SET SCHEMA '%s'",
          "DEALLOCATE ALL",
          "DEALLOCATE s1",
          "SELECT set_config('work_mem', '%dMB', false)",
          "SELECT set_config('search_path', '%s', true)",
          "SELECT set_config('search_path', '%s', false)",
          "BEGIN",
          "BEGIN",
          "BEGIN",
          "COMMIT",
          "COMMIT",
          "ROLLBACK",
          "COMMIT AND CHAIN",
          "ROLLBACK AND CHAIN",
          "SAVEPOINT a",
          "ROLLBACK TO a",
          "RELEASE a",
          "SELECT 1/0",
          "SELECT m FROM mark",
          "SELECT m FROM mark",
          "SELECT m FROM mark WHERE m <> 'nobody'",
          "INSERT INTO item VALUES ('%d')",
          "SET work_mem TO DEFAULT",
          "RESET work_mem",
          "SET LOCAL search_path TO DEFAULT",
          "RESET search_path",
          "RESET ALL",
          "DISCARD ALL",
          "BEGIN ISOLATION LEVEL SERIALIZABLE",
          "BEGIN READ WRITE",
          "");

  /** Ways that a text doesn't show, and settings that are refused or very long. */
  private static final List<String> HIDDEN_WAYS =
      List.of(
          "SELECT public.ctx('app.tenant', '%d')",
          "SELECT public.ctx(k, v) FROM public.cfg",
          "SELECT 1 ### %d",
          "INSERT INTO public.checked VALUES (%d)",
          "SELECT query_to_xml('SELECT public.ctx(''app.tenant'', ''%d'')', true, false, '')",
          "SELECT public.run('SET app.tenant TO v%d')",
          "SELECT public.run('SET LOCAL app.tenant TO v%d')",
          "SELECT public.run('SET work_mem TO ''1%dMB''')",
          "SELECT public.run('SELECT 1')",
          "SET app.tenant TO '%d'",
          "RESET app.tenant",
          "SET ROLE same_app",
          "SET LOCAL ROLE same_app",
          "RESET ROLE",
          "SET ROLE nobody_of_that_name",
          "SET no_such_parameter TO %d",
          "SET app.big TO '%d'",
          "SELECT set_config('app.big', repeat('%d', 70000), false) IS NULL");

  /** Whether these are sent as well. */
  private static final boolean WITH_HIDDEN = Boolean.getBoolean("tenantgate.same-answers.hidden");

  private static final String HIDDEN =
      """
      ; CREATE ROLE same_app;
      CREATE TABLE public.rls(tenant text, n int);
      INSERT INTO public.rls VALUES ('1', 1), ('2', 2), ('v1', 3), ('cfg', 4);
      ALTER TABLE public.rls ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON public.rls USING (tenant = current_setting('app.tenant', true));
      CREATE FUNCTION public.ctx(k text, v text) RETURNS text LANGUAGE sql AS
        $$ SELECT set_config(k, v, false) $$;
      CREATE TABLE public.cfg AS SELECT 'app.tenant'::text AS k, 'cfg'::text AS v;
      CREATE FUNCTION public.run(q text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE q; END $$;
      CREATE FUNCTION public.op(a int, b int) RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.ctx('app.tenant', b::text); RETURN a; END $$;
      CREATE OPERATOR public.### (LEFTARG = int, RIGHTARG = int, FUNCTION = public.op);
      CREATE TABLE public.checked(a int CHECK (public.op(a, a) > 0));
      DO $$ DECLARE s text; BEGIN
        FOR s IN SELECT nspname FROM pg_namespace WHERE nspname ~ '^tenant_' LOOP
          EXECUTE format('GRANT USAGE ON SCHEMA %1$I TO same_app;'
            ' GRANT ALL ON ALL TABLES IN SCHEMA %1$I TO same_app', s);
        END LOOP; END $$;
      GRANT ALL ON ALL TABLES IN SCHEMA public TO same_app\
      """;

  /** Where more than one of them would be right, the server looks for another first. */
  private static final Set<String> REFUSALS = Set.of("E 25P02", "E 26000", "E 42P05");

  private static final String STATE =
      """
      SELECT current_setting('search_path'), current_setting('work_mem'),
        current_setting('statement_timeout'), current_setting('timezone'),
        current_setting('datestyle'), current_setting('application_name'),
        coalesce(current_setting('my.custom', true), ''), current_user,
        coalesce(current_setting('app.tenant', true), ''),
        length(coalesce(current_setting('app.big', true), '')),
        (SELECT string_agg(n::text, ',') FROM public.rls), current_setting('client_encoding'),
        current_setting('default_transaction_read_only'), current_setting('transaction_isolation'),
        (SELECT string_agg(m, ',') FROM mark)\
      """;

  @TempDir static Path migrations;

  private final Deque<String> lately = new ArrayDeque<>();

  @ParameterizedTest
  @CsvSource({"false, 1", "true, 2"})
  void everyClientGetsWhatItsTwinGets(boolean latest, long givenSeed) throws Exception {
    long seed = Long.getLong("tenantgate.same-answers.seed", givenSeed);
    int steps = Integer.getInteger("tenantgate.same-answers.steps", 600);
    TestPostgres server = latest ? TestPostgres.latest() : TestPostgres.oldest();
    try (TestDatabase database = server.newDatabase()) {
      database.execute("DROP ROLE IF EXISTS same_app");
      database.execute(LeakChecker.script(4) + HIDDEN);
      try (GatewayFixture gateway =
          GatewayFixture.start(
              database,
              migrations,
              Map.of("pool.mode", "transaction", "pool.size", "2", "auth.method", "trust"))) {
        run(database, gateway, new Random(seed), steps);
      }
    }
  }

  private void run(TestDatabase database, GatewayFixture gateway, Random random, int steps)
      throws IOException {
    List<PooledClient> pooled = new ArrayList<>();
    List<PooledClient> twins = new ArrayList<>();
    try {
      for (int i = 0; i < CLIENTS; i++) {
        String path = LeakChecker.schema(i % 4);
        pooled.add(new PooledClient(gateway.port(), database.name(), path, Map.of()));
        twins.add(new PooledClient(database.server().port(), database.name(), path, Map.of()));
      }
      for (int step = 0; step < steps; step++) {
        // Two backends: who has begun something ends it before a third needs one.
        int client = random.nextInt(CLIENTS);
        boolean open = step(pooled.get(client), twins.get(client), client, random);
        for (int next = 0; open && next < 12; next++) {
          open = step(pooled.get(client), twins.get(client), client, random);
        }
        if (open) {
          List<byte[]> end = List.of(RawClient.query("ROLLBACK"), RawClient.query(STATE));
          compare(pooled.get(client), twins.get(client), client, "ROLLBACK; state", end, 2);
        }
      }
    } finally {
      for (PooledClient each : pooled) {
        each.close();
      }
      for (PooledClient each : twins) {
        each.close();
      }
    }
  }

  /** A few messages at once; whether a transaction is open behind them. */
  private boolean step(PooledClient client, PooledClient twin, int number, Random random)
      throws IOException {
    List<byte[]> messages = new ArrayList<>();
    StringBuilder told = new StringBuilder();
    int units = 1 + (random.nextInt(3) == 0 ? random.nextInt(3) : 0);
    for (int unit = 0; unit < units; unit++) {
      if (random.nextBoolean()) {
        String sql = text(random);
        if (random.nextInt(10) == 0) {
          sql = "SELECT count(*) FROM nothing_there";
        } else if (random.nextInt(6) == 0 && !sql.startsWith("DEALLOCATE s")) {
          sql = several(sql, random);
        }
        told.append("Q[").append(sql).append("] ");
        messages.add(RawClient.query(sql));
      } else {
        extended(messages, told, units == 1, random);
      }
    }
    messages.add(RawClient.query(STATE));
    return compare(client, twin, number, told.toString(), messages, units + 1);
  }

  /** Names only where the server's answers are awaited: what it skips is known by them. */
  private static void extended(
      List<byte[]> messages, StringBuilder told, boolean named, Random random) {
    int times = 1 + random.nextInt(3);
    for (int i = 0; i < times; i++) {
      String name = !named || random.nextBoolean() ? "" : "s" + (1 + random.nextInt(3));
      int kind = random.nextInt(8);
      if (kind == 0 && !name.isEmpty()) {
        told.append("Close[").append(name).append("] ");
        messages.add(close(name));
        continue;
      }
      if (kind < 6) {
        String sql = text(random);
        if ((!name.isEmpty() && sql.startsWith("DEALLOCATE s"))
            || sql.equals("DISCARD ALL")
            || sql.contains("no_such")
            || sql.contains("nobody_of")) {
          // Rather than what drops itself, or may not run twice in a batch: what is set again
          // behind a DISCARD ALL begins a transaction in which the next is refused; and behind a
          // command that fails when it is run, the unnamed statement is the one that failed.
          sql = "SELECT 1";
        }
        told.append("Parse[").append(name).append(": ").append(sql).append("] ");
        messages.add(parse(name, sql));
      }
      if (kind == 1) {
        continue;
      }
      if (kind < 6 && random.nextInt(4) == 0) {
        told.append("Describe[").append(name).append("] ");
        messages.add(describe(name));
      }
      told.append("Bind[").append(name).append("] Execute ");
      messages.add(bind(name));
      messages.add(execute());
    }
    told.append("Sync ");
    messages.add(sync());
  }

  /** A message of several statements; in one of those a client's own can't be deallocated. */
  private static String several(String first, Random random) {
    String all = first;
    for (int i = 0; i < 2; i++) {
      String next = text(random);
      all += next.startsWith("DEALLOCATE s") ? "" : "; " + next;
    }
    return all;
  }

  private static String text(Random random) {
    int most = STATEMENTS.size() + (WITH_HIDDEN ? HIDDEN_WAYS.size() : 0);
    int next = random.nextInt(most);
    return (next < STATEMENTS.size()
            ? STATEMENTS.get(next)
            : HIDDEN_WAYS.get(next - STATEMENTS.size()))
        .replace("###", "OPERATOR(public.###)")
        .replace("%d", String.valueOf(1 + random.nextInt(3)))
        .replace("%s", LeakChecker.schema(random.nextInt(4)));
  }

  private boolean compare(
      PooledClient client,
      PooledClient twin,
      int number,
      String told,
      List<byte[]> messages,
      int readies)
      throws IOException {
    lately.addLast(number + ": " + told);
    if (lately.size() > 40) {
      lately.removeFirst();
    }
    byte[][] all = messages.toArray(new byte[0][]);
    List<String> expected = answers(twin, all, readies);
    List<String> answers;
    try {
      answers = answers(client, all, readies);
    } catch (IOException e) {
      throw new IOException("instead of " + expected + " behind " + lately, e);
    }
    assertThat(answers).as(() -> String.join("\n", lately)).isEqualTo(expected);
    return !expected.get(expected.size() - 1).equals("Z I");
  }

  /** Without the reports of parameters, which a pooled session may get a little later. */
  private static List<String> answers(PooledClient client, byte[][] messages, int readies)
      throws IOException {
    List<String> answers = client.send(messages).until('Z', readies);
    answers.removeIf(answer -> answer.startsWith("S ") || answer.startsWith("N "));
    answers.replaceAll(answer -> REFUSALS.contains(answer) ? "E of a statement's name" : answer);
    return answers;
  }
}

package dev.tenantgate.gateway.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The messages of {@link SameAnswersIT}: which there are, and which of them come next. */
final class SameAnswersMix {

  /**
   * Messages that are sent at once.
   *
   * @param told the same for people
   * @param readies how many ReadyForQuery answer it
   */
  record Step(String told, List<String> messages, int readies) {}

  /** Statements that only their session may notice; %d is a small number, %s a tenant's schema. */
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
          "EXECUTE s2",
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

  /** Ways that a text doesn't show, users of one application, refused settings, large values. */
  private static final List<String> HIDDEN_WAYS =
      List.of(
          "SELECT public.ctx('app.tenant', '%d')",
          "SELECT public.ctx('app.' || 'tenant', '%d')",
          "SELECT public.ctx(k, v) FROM public.cfg",
          "SELECT public.ctx('work_mem', '2%dMB')",
          "SELECT public.ctx('search_path', '%s')",
          "SELECT 1 OPERATOR(public.###) %d",
          "INSERT INTO public.checked VALUES (%d)",
          "SELECT %d::public.dom",
          "SELECT * FROM public.viewed",
          "SELECT query_to_xml('SELECT public.ctx(''app.tenant'', ''%d'')', true, false, '')",
          "SELECT public.run('SET app.tenant TO v%d')",
          "SELECT public.run('SET LOCAL app.tenant TO v%d')",
          "SELECT public.run('SET work_mem TO ''1%dMB''')",
          "SELECT public.run('SET ROLE same_app')",
          "SELECT public.run('SELECT 1/0')",
          "SELECT public.run('SELECT 1')",
          "SELECT public.own_path()",
          "DO $$ BEGIN PERFORM set_config('app.' || 'tenant', '%d', false); END $$",
          "DO $$ BEGIN EXECUTE format('SET search_path TO %%I', '%s'); END $$",
          "DO $$ BEGIN PERFORM public.ctx('app.tenant', '%d'); RAISE EXCEPTION 'no'; END $$",
          "SET app.tenant TO '%d'",
          "SET LOCAL app.tenant TO '%d'",
          "SELECT set_config('app.' || 'tenant', '%d', true)",
          "RESET app.tenant",
          "SET ROLE same_app",
          "SET ROLE same_other",
          "SET LOCAL ROLE same_app",
          "RESET ROLE",
          "SET ROLE NONE",
          "SET SESSION AUTHORIZATION same_app",
          "SET SESSION AUTHORIZATION same_other",
          "SET LOCAL SESSION AUTHORIZATION same_app",
          "RESET SESSION AUTHORIZATION",
          "SELECT set_config('role', 'same_other', false)",
          "SET ROLE nobody_of_that_name",
          "SET no_such_parameter TO %d",
          "SET session_replication_role TO replica",
          "SET log_statement TO 'none'",
          "SET max_connections TO %d",
          "SET transaction_read_only TO on",
          "SET row_security TO off",
          "RESET row_security",
          "SET work_mem TO 'much'",
          "SELECT count(*) FROM public.rls",
          "SET app.big TO '%d'",
          "SET app.big TO '" + "b%d".repeat(5_000) + "'",
          "SELECT set_config('app.big', repeat('%d', 70000), false) IS NULL",
          "SELECT set_config('search_path', '%s' || repeat(', nobody%d', 900), false) IS NULL");

  private static final List<String> ALONE =
      List.of("SELECT public.run('DEALLOCATE ALL')", "SELECT public.run('RESET ALL')");

  /** The objects that the statements need. */
  static final String OBJECTS =
      """
      CREATE TABLE public.rls(tenant text, n int);
      INSERT INTO public.rls VALUES ('1', 1), ('2', 2), ('v1', 3), ('cfg', 4);
      ALTER TABLE public.rls ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON public.rls USING (tenant = current_setting('app.tenant', true));
      CREATE POLICY others ON public.rls TO same_other USING (n = 2);
      CREATE FUNCTION public.ctx(k text, v text) RETURNS text LANGUAGE sql AS
        $$ SELECT set_config(k, v, false) $$;
      CREATE TABLE public.cfg AS SELECT 'app.tenant'::text AS k, 'cfg'::text AS v;
      CREATE FUNCTION public.run(q text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE q; END $$;
      CREATE FUNCTION public.own_path() RETURNS text LANGUAGE plpgsql SECURITY DEFINER
        SET search_path TO public SET work_mem TO '7MB' AS
        $$ BEGIN PERFORM public.ctx('app.tenant', current_setting('work_mem')); RETURN 'own'; END $$;
      CREATE FUNCTION public.op(a int, b int) RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.ctx('app.tenant', b::text); RETURN a; END $$;
      CREATE FUNCTION public.is_set(a int) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.op(a, a); RETURN true; END $$;
      CREATE OPERATOR public.### (LEFTARG = int, RIGHTARG = int, FUNCTION = public.op);
      CREATE DOMAIN public.dom AS int CHECK (public.is_set(VALUE));
      CREATE TABLE public.checked(a int CHECK (public.op(a, a) > 0));
      CREATE VIEW public.viewed AS SELECT public.op(1, 2) AS n;
      DO $$ DECLARE s text; BEGIN
        FOR s IN SELECT nspname FROM pg_namespace WHERE nspname ~ '^tenant_' LOOP
          EXECUTE format('GRANT USAGE ON SCHEMA %1$I TO same_app, same_other;'
            ' GRANT ALL ON ALL TABLES IN SCHEMA %1$I TO same_app, same_other', s);
        END LOOP; END $$;
      GRANT ALL ON ALL TABLES IN SCHEMA public TO same_app, same_other\
      """;

  /** A session's state. */
  static final String STATE =
      """
      SELECT current_setting('search_path') AS path, current_setting('work_mem'),
        current_setting('statement_timeout'), current_setting('timezone'),
        current_setting('datestyle'), current_setting('application_name'),
        coalesce(current_setting('my.custom', true), ''), current_user, session_user,
        current_setting('role'), coalesce(current_setting('app.tenant', true), ''),
        md5(coalesce(current_setting('app.big', true), '')), current_setting('row_security'),
        (SELECT string_agg(n::text, ',') FROM public.rls), current_setting('client_encoding'),
        current_setting('default_transaction_read_only'), current_setting('transaction_isolation'),
        (SELECT string_agg(m, ',') FROM mark)\
      """;

  private final Random random;

  SameAnswersMix(Random random) {
    this.random = random;
  }

  /**
   * The next messages.
   *
   * @param open whether a transaction is
   */
  Step next(boolean open) {
    if (!open && random.nextInt(40) == 0) {
      // Within a transaction nobody knows of it before that has ended.
      String sql = ALONE.get(random.nextInt(ALONE.size()));
      return new Step(sql, List.of("Q " + sql, "Q " + STATE), 2);
    }
    List<String> messages = new ArrayList<>();
    StringBuilder told = new StringBuilder();
    int units = 1 + (random.nextInt(3) == 0 ? random.nextInt(3) : 0);
    for (int unit = 0; unit < units; unit++) {
      if (random.nextBoolean()) {
        String sql = text();
        if (random.nextInt(10) == 0) {
          sql = "SELECT count(*) FROM nothing_there";
        } else if (random.nextInt(6) == 0 && !sql.startsWith("DEALLOCATE s")) {
          sql = several(sql);
        }
        told.append("Q[").append(sql).append("] ");
        messages.add("Q " + sql);
      } else {
        extended(messages, told);
      }
    }
    messages.add("Q " + STATE);
    return new Step(told.toString().replaceAll("(b\\d){9,}", "…"), messages, units + 1);
  }

  private void extended(List<String> messages, StringBuilder told) {
    int times = 1 + random.nextInt(3);
    for (int i = 0; i < times; i++) {
      String name = random.nextBoolean() ? "" : "s" + (1 + random.nextInt(3));
      int kind = random.nextInt(8);
      if (kind == 0) {
        told.append("Close[").append(name).append("] ");
        messages.add("C S " + name);
        continue;
      }
      if (kind < 6) {
        String sql = text();
        if ((!name.isEmpty() && sql.startsWith("DEALLOCATE s"))
            || (sql.equals("DISCARD ALL") && times > 1)) {
          // Rather than what drops itself, or may not run twice in a batch: what is set again
          // behind a DISCARD ALL begins a transaction in which the next is refused.
          sql = "SELECT 1";
        }
        told.append("Parse[").append(name).append(": ").append(sql).append("] ");
        messages.add("P " + name + " " + sql);
      }
      if (kind == 1) {
        continue;
      }
      if (kind < 6 && random.nextInt(4) == 0) {
        told.append("Describe[").append(name).append("] ");
        messages.add("D S " + name);
      }
      told.append("Bind[").append(name).append("] Execute ");
      messages.add("B " + name);
      messages.add("E");
      if (random.nextInt(12) == 0) {
        told.append("Flush ");
        messages.add("H");
      }
    }
    told.append("Sync ");
    messages.add("S");
  }

  /** A message of several statements; in one of those a client's own can't be deallocated. */
  private String several(String first) {
    String all = first;
    for (int i = 0; i < 2; i++) {
      String next = text();
      all += next.startsWith("DEALLOCATE s") ? "" : "; " + next;
    }
    return all;
  }

  private String text() {
    int next = random.nextInt(STATEMENTS.size() + HIDDEN_WAYS.size());
    return (next < STATEMENTS.size()
            ? STATEMENTS.get(next)
            : HIDDEN_WAYS.get(next - STATEMENTS.size()))
        .replace("%%", "%")
        .replace("%d", String.valueOf(1 + random.nextInt(3)))
        .replace("%s", LeakChecker.schema(random.nextInt(4)));
  }
}

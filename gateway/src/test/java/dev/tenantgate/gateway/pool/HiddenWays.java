package dev.tenantgate.gateway.pool;

import java.util.List;

/** Statements that change their session by a way that their text doesn't show. */
final class HiddenWays {

  private static final String SCRIPT =
      """
      CREATE SCHEMA tenant_acme;
      CREATE SCHEMA tenant_globex;
      CREATE TABLE tenant_acme.orders AS SELECT 'acme'::text AS m;
      CREATE TABLE tenant_globex.orders AS SELECT 'globex'::text AS m;
      CREATE TABLE public.rows(tenant text, n int);
      INSERT INTO public.rows VALUES ('acme', 1), ('globex', 2);
      ALTER TABLE public.rows ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON public.rows USING (tenant = current_setting('app.tenant', true));
      GRANT ALL ON ALL TABLES IN SCHEMA public, tenant_acme, tenant_globex TO hidden_app;
      GRANT USAGE, CREATE ON SCHEMA public, tenant_acme, tenant_globex TO hidden_app;
      SET ROLE hidden_app;
      CREATE FUNCTION public.hid(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
        PERFORM set_config('app.' || 'tenant', 'acme', false); SET work_mem TO '23MB';
        RETURN n; END $$;
      CREATE FUNCTION public.hid_still(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RETURN public.hid(n); END $$;
      CREATE FUNCTION public.op(a int, b int) RETURNS int LANGUAGE sql AS $$ SELECT public.hid(a) $$;
      CREATE OPERATOR public.### (LEFTARG = int, RIGHTARG = int, FUNCTION = public.op);
      CREATE OPERATOR public.!~~ (RIGHTARG = int, FUNCTION = public.hid);
      CREATE FUNCTION public.op_true(a int, b int) RETURNS boolean LANGUAGE sql AS
        $$ SELECT public.hid(a) > 0 $$;
      CREATE OPERATOR public.=#= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.op_true);
      CREATE AGGREGATE public.agg(int) (SFUNC = public.op, STYPE = int, INITCOND = '0');
      CREATE FUNCTION public.fin(n int) RETURNS int LANGUAGE sql AS $$ SELECT public.hid(1) $$;
      CREATE AGGREGATE public.agg_final(int)
        (SFUNC = int4pl, STYPE = int, FINALFUNC = public.fin, INITCOND = '0');
      CREATE DOMAIN public.dom AS int CHECK (public.hid(VALUE) > 0);
      CREATE DOMAIN public.dom_over AS public.dom;
      CREATE TABLE public.of_dom(a int, d public.dom);
      CREATE TABLE public.checked(a int CHECK (public.hid_still(a) > 0));
      CREATE TABLE public.defaulted(a int, b int DEFAULT public.hid(2));
      CREATE TABLE public.generated(a int, b int GENERATED ALWAYS AS (public.hid_still(a)) STORED);
      CREATE TABLE public.indexed(a int);
      CREATE TABLE public.by_expression(a int);
      CREATE INDEX ON public.by_expression ((public.hid_still(a)));
      CREATE TABLE public.by_predicate(a int);
      CREATE INDEX ON public.by_predicate (a) WHERE public.hid_still(a) > 0;
      CREATE TABLE public.measured(a int);
      CREATE STATISTICS public.measures ON (public.hid_still(a)), a FROM public.measured;
      INSERT INTO public.measured SELECT n FROM generate_series(1, 9) n;
      CREATE TABLE public.locked(a int);
      CREATE FUNCTION public.lock_still(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM pg_advisory_lock(78); RETURN n; END $$;
      CREATE INDEX ON public.locked ((public.lock_still(a)));
      CREATE TABLE public.cut(a int) PARTITION BY LIST (public.hid_still(a));
      CREATE TABLE public.cut1 PARTITION OF public.cut FOR VALUES IN (1);
      CREATE AGGREGATE public.agg_direct(text, boolean)
        (SFUNC = pg_catalog.set_config, STYPE = text, INITCOND = 'app.tenant');
      CREATE OPERATOR public.!!# (RIGHTARG = bigint, FUNCTION = pg_catalog.pg_try_advisory_lock);
      CREATE DOMAIN public.dom_direct AS text
        DEFAULT set_config('app.' || 'tenant', 'acme', false);
      CREATE TABLE public.of_dom_direct(a int, d public.dom_direct);
      CREATE TABLE public.parent(a int PRIMARY KEY);
      CREATE TABLE public.child(a int REFERENCES public.parent ON DELETE CASCADE);
      CREATE FUNCTION public.trigged_late() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.hid(1); RETURN NULL; END $$;
      CREATE TRIGGER t AFTER DELETE ON public.child FOR EACH ROW
        EXECUTE FUNCTION public.trigged_late();
      INSERT INTO public.parent SELECT n FROM generate_series(1, 9) n;
      INSERT INTO public.child SELECT n FROM generate_series(1, 9) n;
      CREATE TABLE public.deferred(a int);
      CREATE CONSTRAINT TRIGGER t AFTER INSERT ON public.deferred DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION public.trigged_late();
      CREATE FUNCTION public.apart(int, int) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM public.hid(1); RETURN $1 - $2; END $$;
      CREATE TYPE public.span AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = public.apart);
      CREATE TABLE public.spans(s public.span);
      INSERT INTO public.spans SELECT public.span(n, n + 9) FROM generate_series(1, 500) n;
      CREATE INDEX ON public.spans USING gist (s);
      CREATE FUNCTION public."ÜBER Gros"(n int) RETURNS int LANGUAGE sql AS
        $$ SELECT public.hid(n) $$;
      CREATE FUNCTION public.%1$s(n int) RETURNS int LANGUAGE sql AS $$ SELECT public.hid(n) $$;
      CREATE MATERIALIZED VIEW public.kept AS SELECT public.hid(1);
      CREATE FUNCTION public.trigged() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM 1 ### 2; RETURN NEW; END $$;
      CREATE TABLE public.trig(a int);
      CREATE TRIGGER t BEFORE INSERT ON public.trig FOR EACH ROW EXECUTE FUNCTION public.trigged();
      CREATE TABLE public.when_trig(a int);
      CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RETURN NEW; END $$;
      CREATE TRIGGER t BEFORE INSERT ON public.when_trig FOR EACH ROW
        WHEN (public.hid(NEW.a) > 0) EXECUTE FUNCTION public.nothing();
      CREATE TABLE public.ruled(a int);
      CREATE RULE r AS ON INSERT TO public.ruled DO ALSO SELECT public.hid(3);
      CREATE TABLE public.policed(a int);
      INSERT INTO public.policed VALUES (1);
      ALTER TABLE public.policed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY p ON public.policed USING (public.hid(a) > 0);
      CREATE VIEW public.one AS SELECT 1 ### 2 AS n;
      CREATE VIEW public.over_one AS SELECT n FROM public.one;
      CREATE VIEW public.direct AS SELECT set_config('app.tenant', 'acme', false) AS c;
      CREATE VIEW public.settings AS SELECT name, setting FROM pg_settings;
      CREATE VIEW public.over_settings AS SELECT * FROM public.settings;
      CREATE TABLE public.parted(a int) PARTITION BY LIST (a);
      CREATE TABLE public.part1 PARTITION OF public.parted (a DEFAULT 1 CHECK (public.hid(a) > 0))
        FOR VALUES IN (1);
      CREATE TYPE public.thing AS (a int);
      CREATE FUNCTION public.to_thing(text) RETURNS public.thing LANGUAGE sql AS
        $$ SELECT ROW(public.hid(1))::public.thing $$;
      CREATE CAST (text AS public.thing) WITH FUNCTION public.to_thing(text);
      CREATE FUNCTION public.run(q text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE q; END $$;
      CREATE FUNCTION public.ctx(k text, v text) RETURNS text LANGUAGE sql AS
        $$ SELECT set_config(k, v, false) $$;
      CREATE TABLE public.cfg(k text, v text);
      INSERT INTO public.cfg VALUES ('app.tenant', 'acme');
      CREATE FUNCTION public.seen(v text) RETURNS text LANGUAGE sql SECURITY DEFINER AS
        $$ SELECT public.ctx('app.tenant', v) $$;
      CREATE FUNCTION public.dyn() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE 'SE' || 'T app.tenant TO acme'; END $$;
      RESET ROLE;
      """;

  /** A name of the greatest length. */
  private static final String LONG = "hidden_way_by_a_name_".repeat(3);

  private static final String TEXT = "SELECT set_config(''app.tenant'', ''acme'', false)";

  static final List<String> ALL =
      List.of(
          "SELECT 1 ### 2",
          "SELECT 1 OPERATOR(public.###) 2",
          "SELECT !~~ 1",
          "SELECT 1 WHERE 1 =#= 1",
          "SELECT public.agg(1)",
          "SELECT agg_final(n) FROM generate_series(1, 2) n",
          "SELECT 1::public.dom",
          "SELECT 1::dom_over",
          "INSERT INTO public.of_dom VALUES (1, 2)",
          "INSERT INTO public.checked VALUES (1)",
          "COPY (SELECT 1 ### 2) TO STDOUT",
          "INSERT INTO public.defaulted(a) VALUES (1)",
          "INSERT INTO public.generated VALUES (1)",
          "INSERT INTO public.trig VALUES (1)",
          "INSERT INTO public.when_trig VALUES (1)",
          "INSERT INTO public.ruled VALUES (1)",
          "SELECT * FROM public.policed",
          "SELECT * FROM public.one",
          "SELECT * FROM over_one",
          "TABLE public.direct",
          "UPDATE public.settings SET setting = '23MB' WHERE name = 'work_mem'",
          "UPDATE public.over_settings SET setting = '23MB' WHERE name = 'work_mem'",
          "INSERT INTO public.parted VALUES (1)",
          "SELECT 'x'::text::public.thing",
          "SELECT query_to_xml('" + TEXT + "', true, false, '')",
          "SELECT query_to_xml_and_xmlschema('SELECT set_' || 'config(''app.tenant'', ''acme'',"
              + " false)', true, false, '')",
          "SELECT table_to_xml('public.one'::regclass, true, false, '')",
          "SELECT table_to_xml(('public.o' || 'ne')::regclass, true, false, '')",
          "SELECT * FROM ts_stat('SELECT to_tsvector(set_config(''app.tenant'', ''acme'',"
              + " false))')",
          "SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, set_config(''app.tenant'', "
              + "''acme'', false)::tsquery')",
          "SELECT public.run('SET app.tenant TO acme')",
          "SELECT public.run('CREATE TEMP TABLE orders AS SELECT 1 AS m')",
          "SELECT public.run('PREPARE hidden_p AS SELECT 1')",
          "SELECT public.run('DEALLOCATE ALL')",
          "SELECT public.run('SET ROLE hidden_role')",
          "SELECT public.run('SELECT pg_advisory_lock(77)')",
          "SELECT public.run('SET search_path TO tenant_globex')",
          "SELECT public.run('DECLARE hidden_c CURSOR WITH HOLD FOR SELECT 1')",
          "EXPLAIN ANALYZE CREATE TEMP TABLE orders AS SELECT 'x'::text AS m",
          "EXPLAIN (ANALYZE, COSTS off) CREATE TEMPORARY TABLE orders AS SELECT 1 AS m",
          "EXPLAIN ANALYZE SELECT 'x'::text AS m INTO TEMP orders",
          "PREPARE hidden_x AS SELECT public.hid(1); EXPLAIN ANALYZE EXECUTE hidden_x; "
              + "DEALLOCATE hidden_x",
          "CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql AS '"
              + TEXT
              + "'; SELECT pg_temp.f()",
          "CREATE OR REPLACE FUNCTION public.fresh() RETURNS text LANGUAGE sql AS '"
              + TEXT
              + "'; SELECT public.fresh()",
          "SELECT set_config('app.' || 'tenant', 'acme', false)",
          "SELECT set_config(lower('APP.TENANT'), 'acme', false)",
          "SELECT set_config(k, v, false) FROM public.cfg",
          "SELECT public.ctx('app.tenant', 'acme')",
          "SELECT ctx('APP.Tenant', 'acme')",
          "SELECT public.ctx(k, v) FROM public.cfg",
          "SELECT public.seen('acme')",
          "SELECT public.dyn()",
          "INSERT INTO public.by_expression VALUES (1)",
          "INSERT INTO public.by_predicate VALUES (1)",
          "ANALYZE public.measured",
          "ANALYZE public.locked",
          "INSERT INTO public.locked VALUES (1)",
          "INSERT INTO public.cut VALUES (1)",
          "SELECT public.agg_direct('acme', false)",
          "SELECT agg(n) OVER (ORDER BY n) FROM generate_series(1, 2) n",
          "SELECT !!# 79::bigint",
          "INSERT INTO public.of_dom_direct(a) VALUES (1)",
          "DELETE FROM public.parent WHERE a = (SELECT min(a) FROM public.parent)",
          "INSERT INTO public.deferred VALUES (1)",
          "INSERT INTO public.spans SELECT public.span(n, n + 99) FROM generate_series(1, 99) n",
          "ANALYZE public.spans",
          "SELECT public.\"ÜBER Gros\"(1)",
          "SELECT public." + LONG + "_and_more(1)",
          "REFRESH MATERIALIZED VIEW public.kept",
          "UPDATE pg_settings SET setting = '23MB' WHERE name = 'work_mem'",
          "DECLARE c CURSOR WITH HOLD FOR SELECT public.hid(1)",
          "SELECT U&\"\\0068id\"(1)",
          "DO $$ BEGIN PERFORM set_config('app.' || 'tenant', 'acme', false); END $$");

  private HiddenWays() {}

  /** Makes what they need. */
  static String objects() {
    return SCRIPT.replace("%1$s", LONG);
  }
}

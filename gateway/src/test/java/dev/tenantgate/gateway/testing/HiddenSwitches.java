package dev.tenantgate.gateway.testing;

import static dev.tenantgate.gateway.GatewayFixture.migration;

import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;

/**
 * A database whose functions, triggers and views lead a session to another tenant without its
 * statements showing it: tenants acme and globex with rows of their own, and a migration that both
 * lack.
 */
public final class HiddenSwitches {

  /** Reads what a tenant has: the rows of whichever the session is in. */
  public static final String READ = "SELECT mark FROM secret";

  /** Statements that go to globex before they read. */
  public static final List<String> LEADING_AWAY =
      List.of(
          "SELECT public.go('globex'); " + READ,
          "SELECT public.\"go_on\"(); " + READ,
          "INSERT INTO trap VALUES (1); " + READ,
          "SELECT * FROM public.window; " + READ,
          "SELECT public.pieces('SET search_' || 'path TO tenant_globex'); " + READ,
          "SELECT 'a' OPERATOR(public.<~>) 'globex'; " + READ,
          "SELECT 'globex'::public.place; " + READ,
          "SELECT 'globex'::public.spot; " + READ,
          "SELECT CAST(ROW('globex')::public.pair AS public.box); " + READ,
          "SELECT public.last_of(x) FROM (VALUES ('globex')) v(x); " + READ,
          "UPDATE public.knobs SET setting = 'tenant_globex' WHERE name = 'search_path'; " + READ,
          "SELECT query_to_xml($x$SELECT set_config('search_' || 'path', 'tenant_globex',"
              + " false)$x$, true, true, ''); "
              + READ,
          "EXPLAIN ANALYZE SELECT public.go('globex'); " + READ,
          "INSERT INTO public.checked VALUES ('globex'); " + READ,
          "DO $$ BEGIN PERFORM set_config('search_path', 'tenant_globex', false); END $$; " + READ,
          "SELECT set_config('search_path', 'tenant_' || 'globex', false); " + READ);

  private static final String WAYS =
      """
      CREATE FUNCTION public.go(tenant text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE format('SET search_path TO %I', 'tenant_' || tenant); END $$;
      CREATE FUNCTION public.go_on() RETURNS int LANGUAGE sql AS
        $$ SELECT public.go('globex'); SELECT 1 $$;
      CREATE FUNCTION public.going() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.go('globex'); RETURN NEW; END $$;
      CREATE TABLE public.trap(id int);
      CREATE TRIGGER trap BEFORE INSERT ON public.trap EXECUTE FUNCTION public.going();
      CREATE VIEW public.window AS SELECT public.go_on();
      CREATE FUNCTION public.pieces(command text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE command; END $$;
      CREATE FUNCTION public.goes(tenant text) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.go(tenant); RETURN true; END $$;
      CREATE FUNCTION public.to_there(text, tenant text) RETURNS boolean LANGUAGE sql AS
        $$ SELECT public.goes(tenant) $$;
      CREATE OPERATOR public.<~> (LEFTARG = text, RIGHTARG = text, FUNCTION = public.to_there);
      CREATE DOMAIN public.place AS text CHECK (public.goes(VALUE));
      CREATE DOMAIN public.spot AS public.place;
      CREATE TYPE public.pair AS (tenant text);
      CREATE TYPE public.box AS (tenant text);
      CREATE FUNCTION public.boxed(p public.pair) RETURNS public.box LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.go(p.tenant); RETURN ROW(p.tenant); END $$;
      CREATE CAST (public.pair AS public.box) WITH FUNCTION public.boxed(public.pair);
      CREATE FUNCTION public.step_to(text, tenant text) RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.go(tenant); RETURN tenant; END $$;
      CREATE AGGREGATE public.last_of(text) (SFUNC = public.step_to, STYPE = text);
      CREATE VIEW public.knobs AS SELECT * FROM pg_catalog.pg_settings;
      CREATE TABLE public.checked(tenant text CHECK (public.goes(tenant)));
      """;

  private HiddenSwitches() {}

  /** Makes the database, and the migration in that folder. */
  public static TestDatabase prepare(TestPostgres server, Path migrations) {
    TestDatabase database = server.newDatabase();
    for (String tenant : List.of("acme", "globex")) {
      database.execute(
          "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.secret(mark text);".formatted(tenant)
              + "INSERT INTO tenant_%1$s.secret SELECT '%1$s' FROM generate_series(1, 3)"
                  .formatted(tenant));
    }
    database.execute(WAYS);
    migration(
        migrations, "00001_status.sql", "ALTER TABLE secret ADD COLUMN status text DEFAULT 'new';");
    return database;
  }

  /** The newest server, or the oldest. */
  public static TestDatabase prepare(boolean latest, Path migrations) {
    return prepare(latest ? TestPostgres.latest() : TestPostgres.oldest(), migrations);
  }
}

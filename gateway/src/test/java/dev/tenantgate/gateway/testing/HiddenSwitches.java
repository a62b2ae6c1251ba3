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

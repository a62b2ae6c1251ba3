package dev.tenantgate.migrator.survey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Histories in schemas of tenants' users, who would have the gateway's account run their code. */
@Timeout(60)
class ForeignHistoryIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder).with("00001_a.sql", "CREATE TABLE a (id int);");
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    database.execute(
        """
        DO $$ BEGIN IF to_regrole('history_evil') IS NULL THEN CREATE ROLE history_evil; END IF; END $$;
        CREATE SCHEMA tenant_acme AUTHORIZATION history_evil;
        CREATE TABLE public.caught (who text); GRANT ALL ON public.caught TO public
        """);
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private void behind() {
    assertThat(migrator.runs().migrate(files.changelog(), ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);
    makeFunctions();
    files.with("00002_b.sql", "CREATE TABLE b (id int);");
  }

  private void makeFunctions() {
    database.execute(
        """
        SET ROLE history_evil;
        CREATE FUNCTION tenant_acme.evil() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN NEW; END $$;
        CREATE FUNCTION tenant_acme.evil(text) RETURNS boolean LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN true; END $$;
        CREATE FUNCTION tenant_acme.evils(text) RETURNS text LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN $1; END $$;
        CREATE FUNCTION tenant_acme.plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
        RESET ROLE
        """);
  }

  /** With the rights that the schema's owner had over a history of its own, given back or not. */
  private void asEvil(String sql) {
    database.execute(
        "ALTER TABLE tenant_acme.schema_migrations OWNER TO history_evil; SET ROLE history_evil; "
            + sql
            + "; RESET ROLE; ALTER TABLE tenant_acme.schema_migrations OWNER TO postgres");
  }

  private static final String H = "tenant_acme.schema_migrations";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "has triggers | CREATE TRIGGER t BEFORE INSERT ON H FOR EACH ROW EXECUTE FUNCTION"
            + " tenant_acme.evil()",
        "has rules | CREATE RULE r AS ON INSERT TO H DO ALSO INSERT INTO public.caught VALUES"
            + " ('r')",
        "policies | CREATE POLICY p ON H USING (tenant_acme.evil(name))",
        "policies | ALTER TABLE H ENABLE ROW LEVEL SECURITY",
        "a check of it | ALTER TABLE H ADD CHECK (tenant_acme.evil(name)) NOT VALID",
        "a default of it | ALTER TABLE H ALTER error_message SET DEFAULT tenant_acme.evils('x')",
        "an index or a column | CREATE INDEX i ON H (tenant_acme.plain(name))",
        "an index or a column | CREATE INDEX i ON H (name) WHERE tenant_acme.plain(name) = 'x'",
      })
  void whatTheyHaveMadeOfItRefusesTheSchema(String why, String sql) throws SQLException {
    behind();
    asEvil(sql.replace(" H ", " " + H + " ").replace(" H(", " " + H + "("));
    database.execute("TRUNCATE public.caught");

    SchemaOutcome alone = migrator.runs().migrate(files.changelog(), ACME, LATEST);

    assertThat(alone)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.error()).contains("can't be trusted").contains(why));
    FleetOutcome fleet =
        migrator
            .runs()
            .migrateAll(files.changelog(), new FleetScope.AllTenants(), LATEST, FleetListener.NONE);
    assertThat(fleet.failures()).hasSize(1);
    assertThat(database.column("SELECT who FROM public.caught")).isEmpty();
    assertThat(database.column("SELECT relname FROM pg_class WHERE relname = 'b'")).isEmpty();
  }

  @Test
  void aHistoryOfTheirOwnRefusesTheSchema() throws SQLException {
    behind();
    database.execute("ALTER TABLE tenant_acme.schema_migrations OWNER TO history_evil");

    assertThat(migrator.runs().migrate(files.changelog(), ACME, LATEST))
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.error()).contains("belongs to the role history_evil"));
    assertThat(migrator.histories().of(ACME).unreadable()).contains("can't be trusted");
  }

  @Test
  void aHistoryInTheirSchemaThatIsAsTheAccountMadeItIsTrusted() {
    behind();
    // Checks and defaults that call nothing but the server's own are nobody's code.
    asEvil(
        "ALTER TABLE tenant_acme.schema_migrations ADD CHECK (status IN ('success', 'failed')),"
            + " ALTER error_message SET DEFAULT lower('X')");

    assertThat(migrator.runs().migrate(files.changelog(), ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);
  }

  /** A migration that calls, by chance, what the schema's owner has put in its way. */
  private void trap() {
    database.execute(
        """
        SET ROLE history_evil;
        CREATE FUNCTION tenant_acme.lower(varchar) RETURNS text LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN $1; END $$;
        RESET ROLE
        """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-- tenantgate: no-transaction\n"})
  void migrationsRunAsTheSchemasOwnerAndTheBookkeepingDoesNot(String directive)
      throws SQLException {
    behind();
    trap();
    files.with(
        "00003_c.sql",
        directive + "CREATE TABLE c AS SELECT lower('X'::varchar) AS v;\nANALYZE c;");

    assertThat(migrator.runs().migrate(files.changelog(), ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(database.column("SELECT who FROM public.caught")).containsExactly("history_evil");
    assertThat(
            database.column(
                "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class"
                    + " WHERE relname IN ('b', 'c') AND relkind = 'r'"))
        .containsExactly("history_evil");
    assertThat(
            database.value(
                "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname ="
                    + " 'schema_migrations'"))
        .isEqualTo("postgres");
    assertThat(migrator.histories().of(ACME).entries())
        .hasSize(3)
        .allMatch(entry -> entry.succeeded());
  }

  @Test
  void aFleetRunsThemAsEachSchemasOwner() throws SQLException {
    IntStream.range(0, 40).forEach(i -> database.execute("CREATE SCHEMA tenant_x" + i));
    FleetScope all = new FleetScope.AllTenants();
    migrator.runs().migrateAll(files.changelog(), all, LATEST, FleetListener.NONE);
    trap();
    files.with("00002_b.sql", "CREATE TABLE b AS SELECT lower('X'::varchar) AS v;");

    assertThat(
            migrator
                .runs()
                .migrateAll(files.changelog(), all, LATEST, FleetListener.NONE)
                .succeeded())
        .isTrue();

    assertThat(database.column("SELECT who FROM public.caught")).containsExactly("history_evil");
  }

  @Test
  void rightsThatTheAccountHasNoNeedOfAreNamed() throws SQLException {
    assertThat(migrator.checks().excessRights()).containsExactly("SUPERUSER");
    database.execute(
        """
        DO $$ BEGIN IF to_regrole('history_modest') IS NULL THEN
          CREATE ROLE history_modest LOGIN CREATEDB; CREATE ROLE history_plain LOGIN;
        END IF; END $$\
        """);
    for (String user : List.of("history_modest", "history_plain")) {
      try (Migrator other =
          Migrator.open(
              database.settings(database.server().port(), user, null),
              files.settings(),
              SchemaPattern.parse("tenant_{tenant}"))) {
        assertThat(other.checks().excessRights())
            .isEqualTo(user.equals("history_plain") ? List.of() : List.of("CREATEDB"));
      }
    }
  }

  @Test
  void rightsThatTheAccountLacksAreNamedWithTheirGrants() throws SQLException {
    database.execute(
        """
        DO $$ BEGIN IF to_regrole('history_weak') IS NULL THEN
          CREATE ROLE history_weak LOGIN; END IF; END $$;
        CREATE TABLE tenant_acme.flyway AS SELECT 1 AS id, 'a'::text AS name, now() AS run_on\
        """);

    assertThat(migrator.checks().missingRights()).isEmpty();
    assertThat(missingOfWeak())
        .anySatisfy(
            each ->
                assertThat(each)
                    .contains("mustn't make the schema tenantgate", "GRANT CREATE ON DATABASE"))
        .anySatisfy(
            each ->
                assertThat(each)
                    .contains(
                        "can't work as the owner of 1 tenants' schema (tenant_acme), history_evil",
                        "GRANT history_evil TO history_weak"))
        .anySatisfy(
            each ->
                assertThat(each)
                    .contains("mustn't read 1 other tools' history (tenant_acme.flyway)"));
    database.execute("CREATE SCHEMA tenant_new");
    migrator
        .runs()
        .migrateAll(files.changelog(), new FleetScope.AllTenants(), LATEST, FleetListener.NONE);
    assertThat(missingOfWeak())
        .anySatisfy(
            each ->
                assertThat(each)
                    .contains("lacks rights on the schema tenantgate", "GRANT USAGE, CREATE"));
    database.execute(
        """
        GRANT history_evil, postgres TO history_weak; GRANT USAGE, CREATE ON SCHEMA tenantgate TO history_weak;
        """);
    assertThat(missingOfWeak()).isEmpty();
    database.execute("REVOKE history_evil, postgres FROM history_weak");
  }

  private List<String> missingOfWeak() throws SQLException {
    try (Migrator weak =
        Migrator.open(
            database.settings(database.server().port(), "history_weak", null),
            files.settings(),
            SchemaPattern.parse("tenant_{tenant}"))) {
      return weak.checks().missingRights();
    }
  }

  @Test
  void withTheAccountsRoleTheyRunAsTheAccount() {
    try (Migrator asAccount =
        Migrator.open(
            database.settings(),
            files
                .settings()
                .with(
                    new ExecutionSettings(
                        ExecutionSettings.Strategy.AUTO,
                        1,
                        Duration.ofSeconds(1),
                        Duration.ZERO,
                        ExecutionSettings.Role.ACCOUNT)),
            SchemaPattern.parse("tenant_{tenant}"))) {
      assertThat(asAccount.runs().migrate(files.changelog(), ACME, LATEST))
          .isInstanceOf(SchemaOutcome.Migrated.class);
    }
    assertThat(database.value("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'a'"))
        .isEqualTo("postgres");
  }

  @Test
  void aFleetLooksAtThemThoughNothingWasWritten() throws SQLException {
    IntStream.range(0, 30).forEach(i -> database.execute("CREATE SCHEMA tenant_x" + i));
    FleetScope all = new FleetScope.AllTenants();
    migrator.runs().migrateAll(files.changelog(), all, LATEST, FleetListener.NONE);
    makeFunctions();
    asEvil(
        "CREATE TRIGGER t BEFORE INSERT ON tenant_acme.schema_migrations FOR EACH ROW EXECUTE"
            + " FUNCTION tenant_acme.evil()");
    files.with("00002_b.sql", "CREATE TABLE b (id int);");

    FleetOutcome fleet =
        migrator.runs().migrateAll(files.changelog(), all, LATEST, FleetListener.NONE);

    assertThat(fleet.failures()).singleElement().isInstanceOf(SchemaOutcome.Failed.class);
    assertThat(database.column("SELECT who FROM public.caught")).isEmpty();
  }
}

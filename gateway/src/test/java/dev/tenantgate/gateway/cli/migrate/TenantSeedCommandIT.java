package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New tenants with seed data and grants, and those that get them later. */
class TenantSeedCommandIT {

  @TempDir Path folder;
  TestDatabase database;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    new TestChangelog(folder.resolve("migrations")).with("1_a.sql", "CREATE TABLE a (id int);");
    new TestChangelog(folder.resolve("seeds")).with("admin.sql", "INSERT INTO a VALUES (1);");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Ran run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--set", "migrations.seed-data=" + folder.resolve("seeds")));
    return Ran.on(database, folder.resolve("migrations"), all.toArray(new String[0]));
  }

  @Test
  void aNewTenantIsSeededAndAnOldOneOnRequest() {
    Ran created = run("tenant", "create", "acme");
    database.execute("CREATE SCHEMA tenant_old");
    run("migrate", "tenant", "old");
    Ran seeded = run("tenant", "seed", "--all");
    Ran again = run("tenant", "seed", "old", "acme");

    assertThat(created.out()).contains("created tenant acme", "seed data: admin.sql");
    assertThat(seeded.exit()).isEqualTo(ExitCode.DONE);
    assertThat(seeded.out())
        .contains("tenant old: applied admin.sql", "tenant acme: nothing to do");
    assertThat(again.out()).contains("tenant old: nothing to do");
    assertThat(database.value("SELECT count(*)::text FROM tenant_old.a")).isEqualTo("1");
  }

  @Test
  void aDryRunShowsTheStatementsAndLeavesNothing() {
    Ran created = run("tenant", "create", "acme", "--dry-run");
    assertThat(created.exit()).isEqualTo(ExitCode.DONE);
    assertThat(created.out())
        .containsSubsequence(
            "would create tenant acme",
            "CREATE SCHEMA \"tenant_acme\";",
            "CREATE TABLE a (id int);",
            "-- seed data: admin.sql",
            "INSERT INTO a VALUES (1);");
    database.execute(
        "CREATE SCHEMA tenant_old; CREATE TABLE tenant_old.a (id int);"
            + " CREATE TABLE tenant_old.schema_migrations ()");

    String any = "migrations.unmanaged=migrate";
    Ran unmanaged = run("tenant", "seed", "old", "--dry-run");
    Ran seeded = run("tenant", "seed", "old", "--dry-run", "--set", any);
    Ran granted =
        run("tenant", "grant", "old", "--dry-run", "--set", "tenants.grants=postgres=read-only");

    assertThat(unmanaged.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(unmanaged.err()).contains("migrate baseline --tenant old");
    assertThat(seeded.out()).contains("-- tenant_old: would succeed", "INSERT INTO a VALUES (1);");
    assertThat(granted.out()).contains("GRANT USAGE ON SCHEMA \"tenant_old\" TO \"postgres\";");
    assertThat(database.column("SELECT id FROM tenant_old.a")).isEmpty();
    assertThat(
            database.column(
                "SELECT nspname FROM pg_namespace WHERE nspname IN ('tenant_acme', 'tenantgate')"))
        .isEmpty();
    database.execute("DROP TABLE tenant_old.a");
    Ran failed = run("tenant", "seed", "old", "--dry-run", "--set", any);
    assertThat(failed.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(failed.err()).contains("admin.sql", "does not exist");
  }

  @Test
  void seedDataTakesValues() {
    new TestChangelog(folder.resolve("seeds"))
        .with(
            "by_name.sql", "CREATE TABLE told AS SELECT ${name}::text AS n, ${email}::text AS e;");

    Ran missing = run("tenant", "create", "acme");
    Ran wrong = run("tenant", "create", "acme", "--value", "a b=c");
    Ran shown = run("tenant", "create", "acme", "--dry-run", "--value", "email=o'neil@a");
    Ran created =
        run("tenant", "create", "acme", "--value", "email=o'neil@a", "--value", "name=A B");
    new TestChangelog(folder.resolve("seeds")).with("later.sql", "INSERT INTO a VALUES (${id});");
    Ran later = run("tenant", "seed", "acme");
    Ran seeded = run("tenant", "seed", "acme", "--value", "id=7");

    assertThat(missing.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(missing.err()).contains("by_name.sql:1: ${email} isn't given", "--value email=");
    assertThat(wrong.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(shown.out()).contains("SELECT 'acme'::text AS n, 'o''neil@a'::text AS e");
    assertThat(created.exit()).as(created.err()).isEqualTo(ExitCode.DONE);
    assertThat(database.value("SELECT n || e FROM tenant_acme.told")).isEqualTo("A Bo'neil@a");
    assertThat(later.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(later.err()).contains("later.sql:1: ${id} isn't given");
    assertThat(seeded.exit()).as(seeded.err()).isEqualTo(ExitCode.DONE);
    assertThat(database.column("SELECT id FROM tenant_acme.a")).containsExactly("1", "7");
  }

  @Test
  void whatCannotBeGivenIsSaid() {
    assertThat(run("tenant", "seed", "nobody"))
        .satisfies(
            result -> {
              assertThat(result.exit()).isEqualTo(ExitCode.FAILED);
              assertThat(result.err()).contains("tenant nobody: there is no schema tenant_nobody");
            });
    assertThat(run("tenant", "seed").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(run("tenant", "grant", "--all").err()).contains("tenants.grants: names no role");
  }

  @Test
  void aBackupThatCannotBeMadeLeavesTheSchemaAlone() {
    database.execute("CREATE SCHEMA tenant_acme");

    Ran result =
        run(
            "migrate",
            "tenant",
            "acme",
            "--backup",
            folder.resolve("dumps").toString(),
            "--set",
            "migrations.backup-program=" + folder.resolve("no-such-program"));

    assertThat(result.exit()).isNotEqualTo(ExitCode.DONE);
    assertThat(result.out() + result.err()).contains("migrations.backup-program");
    assertThat(database.column("SELECT 1 FROM pg_tables WHERE schemaname = 'tenant_acme'"))
        .isEmpty();
    assertThat(folder.resolve("dumps")).isEmptyDirectory();
  }
}

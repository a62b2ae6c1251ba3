package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways out of a corner, and the messages that say that one stands in one. */
class WaysOutIT {

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder.resolve("migrations"))
            .with("001_sites.sql", "CREATE TABLE sites (id int);")
            .with("002_name.sql", "ALTER TABLE sites ADD name text;")
            .with("003_more.sql", "ALTER TABLE sites ADD more text;");
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Ran run(String... arguments) {
    return Ran.on(database, folder.resolve("migrations"), arguments);
  }

  private List<String> versions(String tenant) {
    List<String> versions = new ArrayList<>();
    database
        .column("SELECT version FROM tenant_" + tenant + ".schema_migrations ORDER BY version")
        .forEach(version -> versions.add(String.valueOf(version)));
    return versions;
  }

  @Test
  void statusCountsAndShowsThoseThatAreNotCurrent() throws IOException {
    run("migrate", "tenant", "acme");
    database.execute("CREATE SCHEMA tenant_old; CREATE TABLE tenant_old.a (id int)");

    Ran status = run("migrate", "status");
    Ran json = run("migrate", "status", "--output", "json");
    Ran current = run("migrate", "status", "--state", "current");
    Ran some = run("migrate", "status", "--state", "unmanaged,current", "--output", "json");

    assertThat(status.out())
        .contains("Tenants: 1 current, 1 behind, 1 unmanaged", "globex", "old (tenant_old)")
        .contains("1 table (a)", "Way on: tenantgate migrate baseline --tenant old --version V")
        .doesNotContain("acme (tenant_acme)");
    assertThat(status.exit()).isEqualTo(ExitCode.PENDING);
    assertThat(json.json().get("totals").toString())
        .isEqualTo("{\"current\":1,\"behind\":1,\"unmanaged\":1}");
    assertThat(json.json().get("tenants")).hasSize(3);
    assertThat(json.json().at("/tenants/2/found").asText()).isEqualTo("1 table (a)");
    assertThat(current.out()).contains("acme (tenant_acme)").doesNotContain("globex");
    assertThat(some.json().get("tenants")).hasSize(2);
    assertThat(run("migrate", "status", "--state", "nonsense").exit()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void statusNamesTheToolAndItsState() throws IOException {
    database.execute(
        ToolHistories.GOLANG_MIGRATE.in("tenant_acme")
            + "; UPDATE tenant_acme.schema_migrations SET dirty = true;"
            + ToolHistories.VERSIONS.in("tenant_globex"));

    Ran status = run("migrate", "status");
    Ran json = run("migrate", "status", "--output", "json");

    assertThat(status.out())
        .contains(
            "History: golang-migrate (tenant_acme.schema_migrations): version 2 is dirty",
            "History: hand-written migrations (versions) (tenant_globex.schema_migrations):"
                + " 2 applied, the last is 002_add_email",
            "migrate adopt --tenant globex",
            "migrations.tool: external");
    assertThat(status.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(json.json().at("/tenants/1/histories").toString())
        .isEqualTo(
            "[{\"tool\":\"hand-written migrations (versions)\","
                + "\"table\":\"tenant_globex.schema_migrations\",\"of\":\"own\",\"applied\":2,"
                + "\"latest\":\"002_add_email\",\"fault\":null}]");
  }

  @Test
  void whatIsLeftAloneEndsARunWithOne() {
    database.execute("CREATE TABLE tenant_acme.a (id int)");

    Ran up = run("migrate", "up");
    Ran one = run("migrate", "tenant", "acme");
    Ran status = run("migrate", "status");

    assertThat(up.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(up.out())
        .contains("tenant_acme: unmanaged: ", "1 table (a)", "migrate baseline --tenant acme")
        .contains("tenant_globex: applied 1, 2, 3", "1 unmanaged and left alone");
    assertThat(one.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(one.out()).contains("migrate baseline --tenant acme");
    assertThat(status.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(run("migrate", "all", "--dry-run").exit()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void aVersionIsMarkedInChosenTenants() {
    run("migrate", "all");
    database.execute("ALTER TABLE tenant_acme.sites DROP more");

    Ran notApplied = run("migrate", "mark", "3", "--not-applied", "--tenant", "acme");
    assertThat(notApplied.exit()).as(notApplied.err()).isEqualTo(ExitCode.DONE);
    assertThat(versions("acme")).containsExactly("1", "2");
    assertThat(versions("globex")).containsExactly("1", "2", "3");
    assertThat(run("migrate", "all").exit()).isEqualTo(ExitCode.DONE);
    assertThat(database.column("SELECT more FROM tenant_acme.sites")).isEmpty();

    files.with("004_hand.sql", "ALTER TABLE sites ADD name text;");
    Ran applied = run("migrate", "mark", "4", "--applied", "--tenant", "acme", "globex");
    assertThat(applied.exit()).as(applied.err()).isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "status").exit()).isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "history", "--tenant", "acme").out())
        .containsSubsequence("forget", "baseline");

    assertThat(run("migrate", "mark", "4", "--applied").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(run("migrate", "mark", "4", "--tenant", "acme").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(run("migrate", "mark", "9", "--applied", "--tenant", "acme").exit())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void aMarkMakesNothingRunOnWhatHasNoHistory() {
    database.execute("CREATE TABLE tenant_acme.a (id int)");

    Ran marked = run("migrate", "mark", "3", "--applied", "--tenant", "acme");

    assertThat(marked.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(marked.out()).contains("migrate baseline --tenant acme");
    assertThat(database.column("SELECT to_regclass('tenant_acme.schema_migrations')::text"))
        .containsExactly((String) null);
  }

  @Test
  void aBaselineGoesOverAHistoryWhereItIsAskedTo() {
    run("migrate", "up", "--to", "1", "--tenant", "acme");
    database.execute("ALTER TABLE tenant_acme.sites ADD name text");

    Ran refused = run("migrate", "baseline", "--version", "2", "--tenant", "acme");
    Ran over = run("migrate", "baseline", "--version", "2", "--tenant", "acme", "--over-history");

    assertThat(refused.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.out()).contains("--over-history");
    assertThat(over.exit()).isEqualTo(ExitCode.DONE);
    assertThat(over.out()).contains("tenant_acme: recorded 2");
    assertThat(run("migrate", "tenant", "acme").exit()).isEqualTo(ExitCode.DONE);
    assertThat(versions("acme")).containsExactly("1", "2", "3");
  }

  @Test
  void anUnfinishedRunIsDiscarded() throws IOException {
    run("migrate", "tenants", "--wave", "1", "--stop-between-waves");
    Ran runs = run("migrate", "runs", "--output", "json");
    String number = runs.json().at("/runs/0/run").asText();

    Ran discarded = run("migrate", "runs", "--discard", number);

    assertThat(discarded.exit()).isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "runs").out()).contains("no run is unfinished");
    assertThat(run("migrate", "runs", "--verbose").out()).contains("discarded");
    assertThat(run("migrate", "runs", "--discard", number).err())
        .contains("is discarded, and can't be");
    assertThat(run("migrate", "runs", "--discard", "99").err()).contains("there is no run 99");
    assertThat(run("migrate", "tenants", "--resume").exit()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void aMistakeIsOneLineAndWhereToLook() {
    for (String command :
        List.of(
            "migrate down",
            "migrate down --to 9",
            "migrate nothing",
            "migrate mark 1",
            "migrate up --only 1",
            "migrate status --nonsense",
            "upgrade --admin-url ftp://x acme",
            "upgrade")) {
      Ran ran = run(command.split(" "));
      assertThat(ran.exit()).as(command).isEqualTo(ExitCode.USAGE);
      List<String> lines = Arrays.stream(ran.err().split("\n")).toList();
      assertThat(lines).as(command).hasSizeLessThanOrEqualTo(3);
      assertThat(lines.get(0)).startsWith("tenantgate: ");
      assertThat(lines.get(lines.size() - 1)).matches("Try 'tenantgate .*--help'");
    }
    assertThat(run("migrate", "down").err()).contains("--to is needed");
  }

  @Test
  void messagesNameTheWayOn() {
    Ran host =
        Ran.command(
            "migrate",
            "status",
            "--database-url",
            "postgresql://o@no-such-host.invalid/d",
            "--migrations",
            folder.resolve("migrations").toString());
    assertThat(host.err()).contains("no-such-host.invalid", "database.url");

    Ran nobody = run("migrate", "tenant", "nope");
    assertThat(nobody.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(nobody.out()).contains("there is no tenant nope", "tenant create nope");

    run("migrate", "all");
    database.execute(
        "DROP ROLE IF EXISTS ways_out; CREATE ROLE ways_out LOGIN;"
            + " GRANT ALL ON SCHEMA tenant_acme TO ways_out;"
            + " GRANT ALL ON ALL TABLES IN SCHEMA tenant_acme TO ways_out");
    files.with("004_next.sql", "SELECT 1;");
    try {
      Ran rights =
          Ran.command(
              "migrate",
              "tenant",
              "acme",
              "--database-url",
              Ran.url(database).replace("postgres@", "ways_out@"),
              "--migrations",
              folder.resolve("migrations").toString());
      assertThat(rights.exit()).isNotEqualTo(ExitCode.DONE);
      assertThat(rights.out() + rights.err()).contains("GRANT USAGE, CREATE ON SCHEMA tenantgate");
    } finally {
      database.execute("DROP OWNED BY ways_out; DROP ROLE ways_out");
    }
  }
}

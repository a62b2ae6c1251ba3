package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * New tenants come from the checkpoint by every path there is. The first migration counts how often
 * it is run by a sequence, which no transaction takes back.
 */
class CheckpointCommandIT {

  @TempDir Path folder;
  private TestDatabase database;
  private TestChangelog files;
  private Path checkpoint;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA counter; CREATE SEQUENCE counter.ran");
    files =
        new TestChangelog(folder.resolve("migrations"))
            .with("001_a.sql", "SELECT nextval('counter.ran');\nCREATE TABLE a (id int);")
            .with("002_b.sql", "INSERT INTO a VALUES (1), (2);")
            .with("003_c.sql", "ALTER TABLE a ADD c int;");
    checkpoint = folder.resolve("migrations").resolve("checkpoint.sql");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Ran run(String command) {
    return Ran.on(database, folder.resolve("migrations"), command.split(" "));
  }

  private Ran with(String command) {
    return with("2", command);
  }

  private Ran with(String version, String command) {
    List<String> all = new ArrayList<>(List.of(command.split(" ")));
    all.addAll(
        List.of(
            "--set",
            "migrations.checkpoint.version=" + version,
            "--set",
            "migrations.checkpoint.dump=" + checkpoint));
    return Ran.on(database, folder.resolve("migrations"), all.toArray(new String[0]));
  }

  private void make() {
    Ran ran = run("migrate checkpoint --version 2 --file " + checkpoint);
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out())
        .contains("has the state of version 2 (2 migrations)")
        .contains("checkpoint: {version: 2, dump: " + checkpoint + "}");
    database.execute("SELECT setval('counter.ran', 1, false)");
  }

  private void assertNotRun() {
    assertThat(database.value("SELECT is_called::text FROM counter.ran")).isEqualTo("false");
  }

  @Test
  void commandsCreateTenantsFromIt() {
    make();

    assertThat(with("tenant create acme").out()).contains("acme");
    database.execute("CREATE SCHEMA tenant_globex");
    assertThat(with("migrate tenant globex --dry-run").out()).contains("checkpoint: 2");
    assertThat(with("migrate tenants").exit()).isEqualTo(ExitCode.DONE);
    assertNotRun();

    assertThat(run("migrate status").exit()).isEqualTo(ExitCode.DONE);
    assertThat(database.column("SELECT string_agg(id::text, ',') FROM tenant_globex.a"))
        .containsExactly("1,2");
    Ran verify = with("migrate verify");
    assertThat(verify.out())
        .contains("checkpoint 2 comes to the same as all migrations", "3 schemas, 0 with drift");
    assertThat(verify.exit()).isEqualTo(ExitCode.DONE);
    assertThat(with("migrate validate").out()).contains("3 migrations, 0 errors");
  }

  @Test
  void gatewayCreatesTenantsFromIt() throws Exception {
    make();
    database.execute("CREATE SCHEMA tenant_held");
    Map<String, String> settings =
        Map.of(
            "migrations.trigger",
            "on-demand",
            "migrations.checkpoint.version",
            "2",
            "migrations.checkpoint.dump",
            checkpoint.toString());
    try (GatewayFixture gateway =
        GatewayFixture.start(database, folder.resolve("migrations"), settings)) {
      gateway.connect("held").close();
      for (String path : List.of("/api/v1/tenants", "/api/tenants/create")) {
        String slug = path.contains("v1") ? "one" : "two";
        HttpRequest request =
            HttpRequest.newBuilder(URI.create(gateway.adminUrl(path)))
                .POST(
                    BodyPublishers.ofString(
                        "{\"name\": \"%1$s\", \"slug\": \"%1$s\"}".formatted(slug)))
                .header("Content-Type", "application/json")
                .build();
        assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode())
            .isEqualTo(201);
      }
    }
    assertNotRun();
    for (String tenant : List.of("held", "one", "two")) {
      assertThat(database.value("SELECT count(c) || '/' || count(*) FROM tenant_" + tenant + ".a"))
          .isEqualTo("0/2");
      assertThat(
              database.value(
                  "SELECT string_agg(version || status, ' ' ORDER BY version) FROM tenant_"
                      + tenant
                      + ".schema_migrations"))
          .isEqualTo("1success 2success 3success");
    }
  }

  @Test
  void verifyNamesWhatIsNotTheSame() throws Exception {
    make();
    String text = Files.readString(checkpoint);
    Files.writeString(
        checkpoint, text.replace("2\n\\.", "3\n\\.").replace("id integer", "id int8"));

    Ran verify = with("migrate verify");

    assertThat(verify.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(verify.out())
        .contains("+++ checkpoint 2", "- column a.id integer", "+ column a.id bigint")
        .contains("- rows of a, column id");
  }

  @Test
  void whatDoesNotFitStopsTheStartAndIsNamed() throws Exception {
    assertThat(with("migrate validate").out())
        .contains(checkpoint.toString(), "no such file", "migrate checkpoint --version 2");
    assertThat(with("config check").err())
        .contains("migrations.checkpoint.dump", "there is no such file");
    assertThat(with("tenant create acme").err()).contains("there is no such file");
    make();
    for (String command : List.of("migrate validate", "config check", "migrate up")) {
      Ran ran = with("7", command);
      assertThat(ran.exit()).isNotEqualTo(ExitCode.DONE);
      assertThat(ran.out() + ran.err())
          .contains("migrations.checkpoint.version: there is no migration 7 for tenants")
          .contains("the latest is 3");
    }
    files.with("002_b.sql", "INSERT INTO a VALUES (1);");
    Ran changed = with("config check");
    assertThat(changed.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(changed.err())
        .contains("migrations.checkpoint.dump", "older than a change of migration 2 (b)");
    files.with("002_b.sql", "INSERT INTO a VALUES (1), (2);");
    assertThat(with("3", "migrate validate").out()).contains("lacks migration 3 (c)");

    assertThat(with("3", "migrate checkpoint").out()).contains("the state of version 3");
  }

  @Test
  void fileOfAnotherIsNotWrittenOver() throws Exception {
    checkpoint = folder.resolve("other.sql");
    Files.writeString(checkpoint, "SELECT 1;");
    assertThat(run("migrate checkpoint --file " + checkpoint).err()).contains("--force");
    assertThat(run("migrate checkpoint").err()).contains("--file is missing");
    assertThat(run("migrate checkpoint --version 9 --file x.sql").err())
        .contains("there is no migration 9");
    files.with("002_b.sql", "INSERT INTO nowhere VALUES (1);");
    Ran fails = run("migrate checkpoint --force --file " + checkpoint);
    assertThat(fails.err()).contains("no checkpoint can be made", "002_b.sql:1", "nowhere");
    assertThat(Files.readString(checkpoint)).isEqualTo("SELECT 1;");
  }

  @Test
  void unknownTenantIsNoDrift() {
    run("tenant create acme");

    Ran ran = run("migrate verify --tenant nope acme");

    assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).contains("there is no tenant nope: there is no schema tenant_nope");
    assertThat(ran.out()).contains("1 schema, 0 with drift").doesNotContain("nope");
  }
}

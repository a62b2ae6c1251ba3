package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which command ends with which code, one by one; and how runs in stages are told of. */
class ExitCodeIT {

  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int PENDING = 3;
  private static final int TENANT_FAILED = 4;

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  String out = "";
  String err = "";

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder)
            .with(
                "public/00001_plans.sql",
                "CREATE TABLE plans ();\n-- DOWN MIGRATION\nDROP TABLE plans;")
            .with(
                "tenant/00002_sites.sql",
                "CREATE TABLE sites ();\n-- DOWN MIGRATION\nDROP TABLE sites;");
    database.execute(
        "CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b; CREATE SCHEMA tenant_c; CREATE SCHEMA"
            + " tenant_d");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private int exit(String command) {
    Ran ran = Ran.on(database, folder, command.split(" "));
    out = ran.out();
    err = ran.err();
    return ran.exit();
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out);
  }

  @Test
  void commandsThatSucceed() {
    for (String command :
        List.of(
            "migrate validate",
            "migrate up --dry-run",
            "migrate public",
            "migrate tenant a",
            "migrate tenants",
            "migrate all",
            "migrate up",
            "migrate up --to 2",
            "migrate up -version 2 -verbose",
            "migrate up -dry-run -verbose",
            "migrate up --only 2 --tenant a",
            "migrate status",
            "migrate status -verbose",
            "migrate status --from-registry",
            "migrate status --from-histories",
            "migrate status --tenant a",
            "migrate verify",
            "migrate repair",
            "migrate baseline --version 2",
            "migrate history",
            "migrate history --runs",
            "migrate rollback",
            "migrate rollback --steps 1",
            "migrate up --resume",
            "migrate down -version 0",
            "tenant create e",
            "tenant list")) {
      assertThat(exit(command)).as("%s: %s%s", command, out, err).isEqualTo(DONE);
    }
  }

  @Test
  void commandsThatFail() {
    assertThat(exit("migrate tenant nobody")).isEqualTo(FAILED);
    assertThat(exit("migrate status --tenant nobody")).isEqualTo(FAILED);
    assertThat(exit("migrate history --tenant nobody")).isEqualTo(FAILED);
    assertThat(exit("tenant create a")).isEqualTo(FAILED);
    database.execute("CREATE TABLE plans ()");
    assertThat(exit("migrate public")).isEqualTo(FAILED);
    assertThat(exit("migrate all")).isEqualTo(FAILED);
    assertThat(exit("migrate all --dry-run")).isEqualTo(FAILED);
    files.with("tenant/00003_bad.sql", "COMMIT;");
    assertThat(exit("migrate validate")).isEqualTo(FAILED);
    assertThat(exit("migrate status")).isEqualTo(FAILED);
  }

  @Test
  void commandsThatAreWrong() {
    for (String command :
        List.of(
            "migrate",
            "migrate nothing",
            "migrate up --to 9",
            "migrate down",
            "migrate down --to 9",
            "migrate rollback --steps 0",
            "migrate rollback --resume",
            "migrate baseline",
            "migrate up --only 2",
            "migrate up --stop-after 0",
            "migrate up --wave many",
            "migrate up --wave-pause 5",
            "migrate up --canary nobody",
            "migrate up --accept-changes",
            "tenant create a/b",
            "migrate status --from-registry --from-histories",
            "migrate up --set migrations.nothing=1")) {
      assertThat(exit(command)).as("%s: %s%s", command, out, err).isEqualTo(USAGE);
      assertThat(err).as(command).isNotEmpty();
    }
  }

  @Test
  void whatIsPendingIsTold() {
    assertThat(exit("migrate status")).isEqualTo(PENDING);
    assertThat(exit("migrate status --from-registry")).isEqualTo(PENDING);
    exit("migrate tenant a");
    assertThat(exit("migrate status")).isEqualTo(PENDING);
    assertThat(exit("migrate up --wave 2 --stop-between-waves")).isEqualTo(PENDING);
    assertThat(exit("migrate up --resume")).isEqualTo(DONE);
  }

  @Test
  void aFileThatWasChangedAfterItWasAppliedIsAFailureOfTheStatusToo() {
    exit("migrate all");
    assertThat(exit("migrate status")).isEqualTo(DONE);
    files.with("tenant/00002_sites.sql", "CREATE TABLE sites (id int);");

    for (String from : List.of("", " --from-registry", " --from-histories")) {
      assertThat(exit("migrate status" + from)).as(out).isEqualTo(TENANT_FAILED);
      assertThat(out).contains("was changed after it was applied", "00002_sites.sql");
    }
    assertThat(exit("migrate up")).isEqualTo(TENANT_FAILED);
    assertThat(exit("migrate repair --adopt-checksums")).isEqualTo(DONE);
    assertThat(exit("migrate status")).isEqualTo(DONE);
  }

  @Test
  void whatAnotherEnvironmentAppliedIsKnownByItsFile() {
    files.with(
        "tenant/00003_staff.sql",
        """
        -- Environment: production
        -- UP MIGRATION
        CREATE TABLE staff ();
        -- DOWN MIGRATION
        DROP TABLE staff;
        """);
    assertThat(exit("migrate all --set migrations.environment=production")).isEqualTo(DONE);

    assertThat(exit("migrate verify")).as(out).isEqualTo(DONE);
    assertThat(exit("migrate status")).isEqualTo(DONE);
    assertThat(out).contains("current").doesNotContain("ahead");
    assertThat(exit("migrate rollback")).as(out).isEqualTo(DONE);
    assertThat(out).contains("tenant_a: took back 3");
    assertThat(exit("migrate up")).isEqualTo(DONE);
    assertThat(out).contains("0 migrated");
  }

  @Test
  void aTenantThatFailedIsToldApart() {
    database.execute("CREATE TABLE tenant_b.sites ()");

    String all = " --set migrations.unmanaged=migrate";
    assertThat(exit("migrate up --dry-run" + all)).isEqualTo(TENANT_FAILED);
    assertThat(exit("migrate up" + all)).isEqualTo(TENANT_FAILED);
    assertThat(exit("migrate status" + all)).isEqualTo(TENANT_FAILED);
    assertThat(exit("migrate status --from-registry" + all)).isEqualTo(TENANT_FAILED);
    assertThat(exit("migrate tenant b" + all)).isEqualTo(TENANT_FAILED);
    // Others weren't tried.
    exit("migrate down --to 0");
    assertThat(exit("migrate up --canary b" + all)).isEqualTo(FAILED);
  }

  @Test
  void aRollbackThatIsRefusedLeavesPublicAlone() throws IOException {
    files.with("tenant/00002_sites.sql", "CREATE TABLE sites ();");
    assertThat(exit("migrate all")).isEqualTo(DONE);

    assertThat(exit("migrate down --to 0 --output json")).isEqualTo(FAILED);

    assertThat(json().get("stopped").asText()).isEqualTo("tenant_failed");
    assertThat(json().get("skipped"))
        .singleElement()
        .extracting(JsonNode::asText)
        .isEqualTo("public");
    assertThat(json().at("/schemas/0/error").asText()).contains("no way down for 2");
    assertThat(database.column("SELECT 1 FROM pg_tables WHERE tablename = 'plans'")).hasSize(1);
    assertThat(exit("migrate rollback --steps 2")).isEqualTo(FAILED);
  }

  @Test
  void aRunInStagesSaysWhatItDoesAndHowToGoOn() throws IOException {
    assertThat(exit("migrate all --canary c --wave 2 --stop-between-waves --output json"))
        .isEqualTo(PENDING);
    assertThat(json().get("stopped").asText()).isEqualTo("wave_ended");
    assertThat(json().get("not_tried").asInt()).isEqualTo(3);
    assertThat(json().get("skipped")).hasSize(3);
    long run = json().get("run").asLong();

    exit("migrate status --output json");
    assertThat(json().at("/run/run").asLong()).isEqualTo(run);
    assertThat(json().at("/run/state").asText()).isEqualTo("stopped");
    assertThat(json().at("/run/done").asInt()).isEqualTo(2);
    exit("migrate status");
    assertThat(out).contains("Run %d (up, all)".formatted(run), "2 of 5 done");

    assertThat(exit("migrate all --resume --stop-between-waves -verbose")).isEqualTo(PENDING);
    assertThat(out)
        .contains("run %d goes on: 3 schemas are left".formatted(run), "wave 1 of 2: 2 tenants")
        .contains("tenant_a: begins 2 (sites)")
        .containsPattern("tenant_a: applied 2 \\([0-9]+ ms\\)");
    files.with("tenant/00003_more.sql", "CREATE TABLE more ();");
    assertThat(exit("migrate all --resume")).isEqualTo(FAILED);
    assertThat(err).contains("migrations were changed", "--accept-changes");
    assertThat(exit("migrate all --resume --accept-changes")).isEqualTo(DONE);
    assertThat(exit("migrate status")).isEqualTo(PENDING);
    assertThat(exit("migrate history --runs --output json")).isEqualTo(DONE);
    assertThat(json().at("/runs/0/state").asText()).isEqualTo("succeeded");
  }

  @Test
  void repairSaysWhatWasWrongWithTheRegistry() {
    exit("migrate all");
    database.execute("UPDATE tenantgate.schema_state SET version = 9 WHERE tenant = 'a'");

    assertThat(exit("migrate repair")).isEqualTo(DONE);

    assertThat(out)
        .contains("registry: tenant_a: the registry said version 9 with 1 applied,")
        .contains("its history says version 2 with 1 applied");
  }
}

package dev.tenantgate.migrator.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.CheckpointSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.SeedValues;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The error of a name that is missed says where it is, on whichever way it comes up. */
class MissingNameIT {

  private static final String HINT = "there is one in the schema public";

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");

  @TempDir Path folder;
  private TestDatabase database;
  private TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder.resolve("migrations"));
    database.execute("CREATE SCHEMA tenant_acme; CREATE EXTENSION citext");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Migrator migrator() {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  @Test
  void inATransactionAndADryRunAndANewTenant() throws Exception {
    files.with("001_a.sql", "CREATE TABLE a ();\nCREATE TABLE t (n citext);");
    Changelog changelog = files.changelog();
    Goal latest = new Goal.Up(new Target.Latest());
    try (Migrator migrator = migrator()) {
      assertThat(migrator.checks().rehearse(changelog, ACME, latest).error())
          .contains("001_a.sql:2", HINT);
      assertThat(migrator.tenants().create(changelog, "b"))
          .asString()
          .contains("001_a.sql:2", HINT);
      assertThat(migrator.tenants().rehearseCreation(changelog, "b", SeedValues.NONE))
          .asString()
          .contains("001_a.sql:2", HINT);
      assertThat(migrator.runs().migrate(changelog, ACME, new Target.Latest()))
          .asString()
          .contains("001_a.sql:2", HINT);
    }
  }

  @Test
  void statementByStatement() throws Exception {
    files.with(
        "001_a.sql",
        "-- tenantgate: no-transaction\nCREATE TABLE a ();\nCREATE TABLE t (n citext);");
    Changelog changelog = files.changelog();
    Goal latest = new Goal.Up(new Target.Latest());
    try (Migrator migrator = migrator()) {
      assertThat(migrator.checks().rehearse(changelog, ACME, latest).error())
          .contains("001_a.sql:3", HINT);
      assertThat(migrator.tenants().create(changelog, "b"))
          .asString()
          .contains("001_a.sql:3", HINT);
      assertThat(migrator.runs().migrate(changelog, ACME, new Target.Latest()))
          .asString()
          .contains("001_a.sql:3", HINT);
      assertThat(migrator.histories().of(ACME).entries().get(0).failure()).contains(HINT);
    }
  }

  @Test
  void inACheckpoint() throws Exception {
    files.with("001_a.sql", "CREATE TABLE t (n text);");
    Path dump = folder.resolve("c.sql");
    Files.writeString(dump, "\nCREATE TABLE t (n citext);");
    Changelog changelog =
        ChangelogReader.read(
                files.settings().withCheckpoint(new CheckpointSettings("1", dump, null)))
            .changelog();
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(changelog, "b"))
          .asString()
          .contains("the checkpoint 1 failed", "c.sql:2", HINT);
      assertThat(migrator.runs().migrate(changelog, ACME, new Target.Latest()))
          .asString()
          .contains("the checkpoint 1 failed", "c.sql:2", HINT);
      assertThat(migrator.checks().verifyCheckpoint(changelog).orElseThrow().error())
          .contains(HINT);
    }
  }
}

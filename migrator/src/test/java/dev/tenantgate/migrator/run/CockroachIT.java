package dev.tenantgate.migrator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.Migrators;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * The migrator on CockroachDB itself, wherever there is an engine to run that; {@link
 * StatementByStatementIT} has the same strategy on PostgreSQL everywhere.
 */
class CockroachIT {

  @TempDir Path folder;

  @Test
  void migratesUpAndDownAndCreatesTenants() throws Exception {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "there is no Docker engine; StatementByStatementIT runs the same strategy on PostgreSQL");
    try (GenericContainer<?> server =
        new GenericContainer<>(DockerImageName.parse("cockroachdb/cockroach:latest-v25.2"))
            .withCommand("start-single-node", "--insecure")
            .withExposedPorts(26257, 8080)
            .waitingFor(Wait.forHttp("/health?ready=1").forPort(8080))) {
      server.start();
      DatabaseSettings database =
          new DatabaseSettings(
              server.getHost(),
              server.getMappedPort(26257),
              "defaultdb",
              "root",
              null,
              "disable",
              null,
              PassOrReject.REJECT,
              10,
              Duration.ofSeconds(10));
      TestChangelog files = files();
      try (Migrator migrator =
          Migrators.open(database, files.settings(), SchemaPattern.parse("tenant_{tenant}"))) {
        migrate(migrator, files);
      }
    }
  }

  private TestChangelog files() {
    return new TestChangelog(folder)
        .with(
            "001_a.sql",
            """
            -- UP MIGRATION
            CREATE TABLE a (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), n INT8);
            INSERT INTO a (n) VALUES (1);
            ALTER TABLE a ADD COLUMN m INT8;
            CREATE INDEX a_n ON a (n);
            UPDATE a SET m = n;
            -- DOWN MIGRATION
            DROP TABLE a;
            """)
        .with(
            "002_b.sql", "CREATE TABLE b (n INT8 PRIMARY KEY);\n-- DOWN MIGRATION\nDROP TABLE b;");
  }

  private static void migrate(Migrator migrator, TestChangelog files) throws Exception {
    assertThat(migrator.createTenant(files.changelog(), "acme"))
        .isInstanceOf(TenantCreation.Created.class);
    assertThat(migrator.createTenant(files.changelog(), "acme"))
        .isInstanceOf(TenantCreation.AlreadyExists.class);
    SchemaRef acme = new SchemaRef("tenant_acme", "acme");
    assertThat(migrator.history(acme).entries()).hasSize(2);
    assertThat(migrator.migrate(files.changelog(), acme, new Target.Latest()))
        .isEqualTo(new SchemaOutcome.UpToDate(acme));
    assertThat(
            migrator.run(
                files.changelog(), acme, new Goal.Down(new Version(1)), MigrationListener.NONE))
        .isInstanceOf(SchemaOutcome.RolledBack.class);
    files.with("003_broken.sql", "CREATE TABLE c (n INT8);\nbroken;");
    assertThat(migrator.migrate(files.changelog(), acme, new Target.Latest()))
        .isInstanceOf(SchemaOutcome.Failed.class);
    files.with("003_broken.sql", "CREATE TABLE c (n INT8);\nSELECT 1;");
    assertThat(migrator.migrate(files.changelog(), acme, new Target.Latest()))
        .isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(migrator.registry()).singleElement().extracting(row -> row.applied()).isEqualTo(3);
    assertThat(migrator.leases()).isEmpty();
    assertThat(migrator.rehearse(files.changelog(), acme, new Goal.Down(null)).checked()).isFalse();
  }
}

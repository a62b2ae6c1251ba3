package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same folder by Flyway itself and by us makes the same schema, and the same order. */
class FlywayFilesIT {

  @TempDir Path folder;

  @Test
  void sameFolderMakesTheSameSchemaAsFlywayDoes() throws Exception {
    TestChangelog files =
        new TestChangelog(folder)
            .with("V1__init.sql", "CREATE TABLE ran (step text, place serial);")
            .with("V1.10__ten.sql", "INSERT INTO ran (step) VALUES ('1.10');")
            .with(
                "V1_9__nine.sql", "INSERT INTO ${flyway:defaultSchema}.ran (step) VALUES ('1.9');")
            .with("V01.2.0__two.sql", "INSERT INTO ran (step) VALUES ('1.2 ${region}');")
            .with("deep/er/V2__dump.sql", "COPY ran (step) FROM stdin;\nit's\\ttwo\n\\.\n")
            .with("V20240101120000__stamp.sql", "INSERT INTO ran (step) VALUES ('stamp');")
            .with("V3__alone.sql", "CREATE INDEX CONCURRENTLY by_step ON ran (step);")
            .with("R__b.sql", "INSERT INTO ran (step) VALUES ('R b');")
            .with("R__a_x.sql", "INSERT INTO ran (step) VALUES ('R a x');")
            .with("R__a.sql", "CREATE OR REPLACE VIEW v AS SELECT step FROM ran;")
            .with("R__a.sql.conf", "executeInTransaction=true");
    try (TestDatabase database = TestPostgres.latest().newDatabase()) {
      database.execute("CREATE SCHEMA by_flyway; CREATE SCHEMA tenant_ours");
      flyway(database);
      ours(database, files);
      String rows = "SELECT step FROM %s.ran ORDER BY place";
      assertThat(database.column(rows.formatted("tenant_ours")))
          .isEqualTo(database.column(rows.formatted("by_flyway")));
      assertThat(shape(database, "tenant_ours")).isEqualTo(shape(database, "by_flyway"));

      files.with("R__b.sql", "INSERT INTO ran (step) VALUES ('R b again');");
      flyway(database);
      ours(database, files);
      assertThat(database.column(rows.formatted("tenant_ours")))
          .isEqualTo(database.column(rows.formatted("by_flyway")))
          .endsWith("R b again");
    }
  }

  private static List<?> shape(TestDatabase database, String schema) {
    return database.column(
        """
        SELECT concat(c.relname, ' ', c.relkind, ' ', a.attname, ' ', a.atttypid::regtype)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = '%s'::regnamespace
        AND c.relname !~ 'schema_migrations|flyway' ORDER BY 1\
        """
            .formatted(schema));
  }

  private void flyway(TestDatabase database) {
    FluentConfiguration configuration =
        Flyway.configure()
            .dataSource(
                "jdbc:postgresql://%s:%d/%s"
                    .formatted(database.server().host(), database.server().port(), database.name()),
                "postgres",
                "postgres")
            .schemas("by_flyway")
            .defaultSchema("by_flyway")
            .placeholders(Map.of("region", "eu"))
            .locations("filesystem:" + folder);
    configuration
        .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
        .setTransactionalLock(false);
    configuration.load().migrate();
  }

  private static void ours(TestDatabase database, TestChangelog files) throws Exception {
    SqlSettings sql =
        new SqlSettings(
            SqlSettings.Replace.FLYWAY, Map.of("region", "eu"), null, List.of("tenant"));
    Changelog changelog = ChangelogReader.read(files.settings().withSql(sql)).changelog();
    try (Migrator migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"))) {
      assertThat(
              migrator
                  .runs()
                  .migrate(changelog, migrator.tenants().schemaOf("ours"), new Target.Latest()))
          .isInstanceOf(SchemaOutcome.Migrated.class);
    }
  }
}

package dev.tenantgate.migrator.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.CheckpointSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.Checkpoint;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.session.RetryPolicy;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.verify.Drift;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A schema that new tenants' are copied from is read as it is, or refused by name. */
class TemplateSchemaIT {

  @TempDir Path folder;
  private TestDatabase database;
  private TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder)
            .with("001_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1);")
            .with("002_b.sql", "ALTER TABLE a ADD b int;");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Migrator migrator() {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  private Changelog changelog(String template) throws Exception {
    return ChangelogReader.read(
            files.settings().withCheckpoint(new CheckpointSettings("1", null, template)))
        .changelog();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int) | aggregate total",
        "CREATE OPERATOR ~+~ (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int) | operator",
        "CREATE EXTENSION citext SCHEMA template | citext",
        "CREATE TEXT SEARCH CONFIGURATION ts (COPY = simple) | text search configuration",
        "CREATE COLLATION mine (provider = libc, locale = 'C') | collation",
        "CREATE TYPE t AS (i int); CREATE TABLE typed OF t | typed table typed",
        "CREATE TYPE shell | type shell",
      })
  void whatIsNotCopiedIsNamed(String sql, String named) throws Exception {
    database.execute(
        "CREATE SCHEMA template; SET search_path = template; CREATE TABLE a (id int PRIMARY KEY); "
            + sql.replace("~", "|"));
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(changelog("template"), "x"))
          .isInstanceOf(TenantCreation.Failed.class)
          .asString()
          .contains(named, "migrations.checkpoint.template-schema");
      assertThat(migrator.tenants().all()).isEmpty();
      database.execute("CREATE SCHEMA tenant_y");
      SchemaRef y = migrator.tenants().schemaOf("y");
      assertThat(migrator.runs().migrate(changelog("template"), y, new Target.Latest()))
          .isInstanceOf(SchemaOutcome.Failed.class)
          .asString()
          .contains(named);
      assertThat(migrator.checks().verifyCheckpoint(changelog("template")).orElseThrow().error())
          .contains(named);
    }
  }

  @Test
  void missingOrEmptyOneIsNamed() throws Exception {
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(changelog("nowhere"), "x"))
          .asString()
          .contains("there is no schema nowhere to copy new tenants from");
      database.execute("CREATE SCHEMA template");
      assertThat(migrator.tenants().create(changelog("template"), "x"))
          .asString()
          .contains("the schema template", "is empty");
    }
  }

  @Test
  void templateThatIsATenantMayBeAheadAndIsReadAnew() throws Exception {
    database.execute("CREATE SCHEMA tenant_model");
    try (Migrator migrator = migrator()) {
      SchemaRef model = migrator.tenants().schemaOf("model");
      Changelog plain = files.changelog();
      migrator.runs().migrate(plain, model, new Target.UpTo(new Version(1)));
      assertThat(migrator.tenants().create(changelog("tenant_model"), "one"))
          .isInstanceOf(TenantCreation.Created.class);

      migrator.runs().migrate(plain, model, new Target.Latest());
      database.execute("INSERT INTO tenant_model.a VALUES (2, 2)");
      assertThat(migrator.tenants().create(changelog("tenant_model"), "two"))
          .isInstanceOf(TenantCreation.Created.class);
      for (String tenant : List.of("one", "two")) {
        SchemaRef schema = migrator.tenants().schemaOf(tenant);
        assertThat(
                SchemaStatus.of(migrator.histories().of(schema), plain, new Target.Latest())
                    .state())
            .isEqualTo(SchemaState.CURRENT);
        assertThat(migrator.checks().verify(plain, List.of(schema))).allMatch(Drift::isNone);
      }
      assertThat(database.value("SELECT string_agg(a::text, '') FROM tenant_two.a a"))
          .isEqualTo("(1,)(2,2)");
      assertThat(
              migrator.checks().verifyCheckpoint(changelog("tenant_model")).orElseThrow().extra())
          .containsExactly("rows of a: 2");

      files.with("001_a.sql", "CREATE TABLE a (id bigint PRIMARY KEY);");
      assertThat(migrator.tenants().create(changelog("tenant_model"), "three"))
          .asString()
          .contains("the schema tenant_model is older than a change of migration 1 (a)");
    }
  }

  @Test
  void templateIsReadOnceForEachStateOfIt() throws Exception {
    database.execute("CREATE SCHEMA tenant_model");
    try (Migrator migrator = migrator();
        WorkerConnections connections = new WorkerConnections(database.settings(), 2)) {
      Changelog plain = files.changelog();
      migrator
          .runs()
          .migrate(plain, migrator.tenants().schemaOf("model"), new Target.UpTo(new Version(1)));
      Sessions sessions =
          new Sessions(
              files.settings(),
              connections,
              new RetryPolicy(1, Duration.ZERO, Duration.ZERO, Duration.ZERO));
      Templates templates = new Templates(sessions);
      Changelog changelog = changelog("tenant_model");
      Checkpoint first = templates.resolved(changelog).checkpoint();
      assertThat(first).isInstanceOf(Checkpoint.Ready.class);
      assertThat(templates.resolved(changelog).checkpoint()).isSameAs(first);

      database.execute("UPDATE tenant_model.a SET id = 7");
      Checkpoint second = templates.resolved(changelog).checkpoint();
      assertThat(second).isNotEqualTo(first).isInstanceOf(Checkpoint.Ready.class);
      assertThat(templates.resolved(changelog).checkpoint()).isSameAs(second);

      database.execute("UPDATE tenant_model.schema_migrations SET checksum = 'other'");
      assertThat(templates.resolved(changelog).checkpoint())
          .isInstanceOf(Checkpoint.Unusable.class);
      database.execute("DROP SCHEMA tenant_model CASCADE");
      assertThat(templates.resolved(changelog).checkpoint())
          .isInstanceOf(Checkpoint.Unusable.class);
    }
  }
}

package dev.tenantgate.migrator.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.CheckpointSettings;
import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.verify.Drift;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Dumps of a rich schema, as pg_dump 15 wrote them with different options, are the first migration
 * of all tenants; the rows are those of the schema that was dumped, by digest.
 */
class RealDumpIT {

  /** As the dumped database answered. */
  private static final String USERS = "5e6f9d1ad13682198435c67384e4c84e";

  private static final String ODD = "1ce87824d9bbec1a0f01a4ae43b18bee";

  @TempDir Path folder;
  private TestDatabase database;
  private TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder.resolve("migrations"));
    database.execute(
        """
        DO $$ BEGIN CREATE ROLE app_owner; CREATE ROLE app_reader;
        EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE EXTENSION citext; CREATE EXTENSION pgcrypto; CREATE SCHEMA tenant_b\
        """);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static String dump(String name) throws IOException {
    try (InputStream in = RealDumpIT.class.getResourceAsStream("/dumps/15-" + name + ".sql")) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private Migrator migrator() {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  private void makesEqualTenants() throws Exception {
    Changelog changelog = files.changelog();
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(changelog, "a-x"))
          .isInstanceOf(TenantCreation.Created.class);
      SchemaRef b = migrator.tenants().schemaOf("b");
      assertThat(migrator.runs().migrate(changelog, b, new Target.Latest()))
          .isInstanceOf(SchemaOutcome.Migrated.class);
      assertThat(
              migrator.checks().verify(changelog, List.of(migrator.tenants().schemaOf("a-x"), b)))
          .allMatch(Drift::isNone);
    }
    assertThat(
            database.value(
                "SELECT md5(string_agg(u::text, '|' ORDER BY id)) FROM tenant_b.users u"))
        .isEqualTo(USERS);
    assertThat(
            database.value(
                "SELECT md5(string_agg(u::text, '|' ORDER BY \"The Key\"))"
                    + " FROM \"tenant_a-x\".\"Odd \"\"Names\" u"))
        .isEqualTo(ODD);
    assertThat(database.value("SELECT count(*) FROM tenant_b.nocols")).isEqualTo("1");
    assertThat(
            database.column(
                "SELECT proconfig::text FROM pg_proc WHERE proname = 'touch' ORDER BY 1"))
        .containsExactly(
            "{\"search_path=\\\"tenant_a-x\\\", public\"}", "{\"search_path=tenant_b, public\"}");
    assertThat(database.value("SELECT to_regnamespace('acme')::text")).isNull();
    database.execute(
        "INSERT INTO tenant_b.users (name) VALUES ('new'); UPDATE tenant_b.users SET name = 'x' ||"
            + " name");
    assertThat(database.value("SELECT tenant_b.atomic2(2)")).isEqualTo("4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"schema", "clean-create", "quoted", "on-conflict"})
  void dumpIsTheFirstMigration(String options) throws Exception {
    files.with("001_dump.sql", dump(options));
    makesEqualTenants();
  }

  /** There is no pg_dump 18 here: these are the lines in which that of 18 differs. */
  @Test
  void dumpOfEighteenIsTheFirstMigration() throws Exception {
    String eighteen =
        dump("schema")
            .replace("version 15.20", "version 18.1")
            .replace(
                "SET idle_in_transaction_session_timeout = 0;",
                """
                SET idle_in_transaction_session_timeout = 0;
                SET transaction_timeout = 0;\
                """)
            .replace(
                "name text NOT NULL COLLATE pg_catalog.\"C\",",
                "name text CONSTRAINT users_named NOT NULL COLLATE pg_catalog.\"C\",")
            .replace(
                "--\n-- PostgreSQL database dump complete",
                """
                SELECT * FROM pg_catalog.pg_restore_relation_stats(
                \t'version', '180001'::integer,
                \t'schemaname', 'acme',
                \t'relname', 'users',
                \t'relpages', '1'::integer
                );
                --
                -- PostgreSQL database dump complete\
                """);
    assertThat(eighteen).contains("users_named", "transaction_timeout", "pg_restore");
    files.with("001_dump.sql", eighteen);
    makesEqualTenants();
  }

  @Test
  void rowsAloneComeBehindTheSchema() throws Exception {
    files.with("001_dump.sql", dump("schema-only")).with("002_rows.sql", dump("data-only"));
    makesEqualTenants();
  }

  @Test
  void whatCanNotWorkSaysWhy() throws Exception {
    files
        .with("001_all.sql", dump("plain"))
        .with("002_as.sql", dump("session-auth"))
        .with("003_part.sql", dump("tables"))
        .with(
            "004_ext.sql",
            dump("schema")
                + """
                CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA acme;
                CREATE PUBLICATION p FOR ALL TABLES;
                """)
        .with("005_custom.sql", "PGDMP\1\2\3".getBytes(StandardCharsets.ISO_8859_1));

    List<ChangelogProblem> problems = files.reading().problems();

    assertThat(problems)
        .filteredOn(problem -> problem.severity() == Severity.ERROR)
        .extracting(ChangelogProblem::toString)
        .anyMatch(e -> e.contains("001_all.sql") && e.contains("large objects are the database's"))
        .anyMatch(e -> e.contains("002_as.sql:21") && e.contains("--no-owner"))
        .anyMatch(e -> e.contains("004_ext.sql") && e.contains("this extension stands in"))
        .anyMatch(
            e -> e.contains("004_ext.sql") && e.contains("this PUBLICATION is the database's"))
        .anyMatch(e -> e.contains("005_custom.sql") && e.contains("custom format"))
        .hasSize(5);
    assertThat(problems)
        .extracting(ChangelogProblem::toString)
        .anyMatch(e -> e.contains("001_all.sql:225") && e.contains("stays as it is"))
        .anyMatch(e -> e.contains("003_part.sql") && e.contains("acme.amount"));
  }

  @Test
  void missingRoleIsToldWithTheWayOn() throws Exception {
    files.with("001_dump.sql", dump("schema").replace("app_owner", "nobody_here"));
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(files.changelog(), "a"))
          .asString()
          .contains("001_dump.sql:", "nobody_here", "pg_dump --no-owner --no-acl");
    }
  }

  @Test
  void historyOfAnotherNameIsLeftOutByThatName() throws Exception {
    MigrationTool named =
        new MigrationTool(
            MigrationTool.Kind.TENANTGATE,
            List.of(),
            MigrationTool.OURS.commandTimeout(),
            "tenantgate_migrations",
            MigrationTool.FileFormat.AUTO);
    files.with("001_dump.sql", dump("schema"));
    var settings = files.settings().withTool(named);
    assertThat(ChangelogReader.read(settings).problems())
        .noneMatch(problem -> problem.message().contains("is left out: each"));
    files.with(
        "001_dump.sql", dump("schema").replace("schema_migrations", "tenantgate_migrations"));
    assertThat(ChangelogReader.read(settings).problems())
        .anyMatch(problem -> problem.message().contains("own tenantgate_migrations is left out"));
  }

  @Test
  void dumpOfATenantIsACheckpointThatKnowsItsMigrations() throws Exception {
    files
        .with("001_a.sql", "CREATE TABLE a (id int);")
        .with("002_b.sql", "INSERT INTO a VALUES (1);");
    String history =
        """
        SELECT pg_catalog.set_config('search_path', '', false);
        CREATE SCHEMA tenant_old;
        CREATE TABLE tenant_old.a (id integer);
        CREATE TABLE tenant_old.schema_migrations (version bigint NOT NULL);
        COPY tenant_old.a (id) FROM stdin;
        1
        \\.
        %s
        """;
    String rows =
        files.changelog().migrations().stream()
            .map(
                m ->
                    "%s\t%s\t2025-01-01 00:00:00\t%s\t5\tsuccess\t\\N\n"
                        .formatted(m.version(), m.name(), m.checksum()))
            .reduce("", String::concat);
    Path file = folder.resolve("old.sql");
    CheckpointSettings second = new CheckpointSettings("2", file, null);
    String columns =
        "(version, name, applied_at, checksum, execution_time_ms, status, error_message)";
    Files.writeString(
        file,
        history.formatted(
            "COPY tenant_old.schema_migrations " + columns + " FROM stdin;\n" + rows + "\\.\n"));
    Changelog changelog = ChangelogReader.read(files.settings().withCheckpoint(second)).changelog();
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(changelog, "new"))
          .isInstanceOf(TenantCreation.Created.class);
      assertThat(migrator.checks().verifyCheckpoint(changelog)).get().matches(Drift::isNone);
    }
    files.with("001_a.sql", "CREATE TABLE a (id bigint);");
    assertThat(ChangelogReader.read(files.settings().withCheckpoint(second)).errors())
        .extracting(ChangelogProblem::message)
        .singleElement()
        .asString()
        .contains("is older than a change of migration 1 (a)");
  }
}

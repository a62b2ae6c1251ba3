package dev.tenantgate.migrator.provision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.BackupSettings;
import dev.tenantgate.config.LintSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.TenantGrant;
import dev.tenantgate.config.TenantSettings;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tenants get seed data and grants besides their migrations, and dumps before they change. */
class TenantProvisioningIT {

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  TestChangelog seeds;
  BackupSettings backup = BackupSettings.NONE;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder.resolve("migrations"));
    seeds = new TestChangelog(folder.resolve("seed-data"));
    files.with("00001_a.sql", "CREATE TABLE a (id serial, t text UNIQUE);");
    seeds.with("10_first.sql", "INSERT INTO a (t) VALUES ('first');");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private MigrationSettings settings(@Nullable String environment) {
    MigrationSettings plain = files.settings();
    return new MigrationSettings(
        plain.locations(),
        plain.defaultScope(),
        plain.trigger(),
        plain.workers(),
        plain.lockTimeout(),
        plain.statementTimeout(),
        plain.leaseTimeout(),
        environment,
        plain.execution(),
        plain.rollout(),
        List.of(seeds.folder()),
        LintSettings.STANDARD,
        backup,
        plain.drain(),
        plain.unmanaged(),
        plain.tool(),
        plain.sql(),
        plain.checkpoint());
  }

  private Changelog changelog() throws InvalidChangelogException {
    return ChangelogReader.read(settings(null)).changelog();
  }

  private Migrator migrator(TenantGrant... grants) {
    return Migrator.open(
        database.settings(),
        settings(null),
        new TenantSettings(
            SchemaPattern.parse("tenant_{tenant}"),
            "{schema}, public",
            PassOrReject.REJECT,
            PassOrReject.PASS,
            TenantSettings.Switching.ALLOW,
            List.of(grants)));
  }

  private List<@Nullable String> rows(String tenant) {
    return database.column("SELECT t FROM tenant_%s.a ORDER BY id".formatted(tenant));
  }

  @Test
  void aNewTenantHasItsSeedDataInOrder() throws Exception {
    seeds
        .with("20_second.sql", "BEGIN;\nINSERT INTO a (t) VALUES ('second');\nCOMMIT;")
        .with("15_elsewhere.sql", "-- Environment: production\nINSERT INTO a (t) VALUES ('x');");
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(changelog(), "acme"))
          .isInstanceOf(TenantCreation.Created.class);
    }
    assertThat(rows("acme")).containsExactly("first", "second");
  }

  @Test
  void seedDataThatFailsIsNamedAndLeavesNothing() throws Exception {
    seeds.with("20_second.sql", "SELECT 1;\nINSERT INTO a (t) VALUES ('first');");
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(changelog(), "acme"))
          .isInstanceOfSatisfying(
              TenantCreation.Failed.class,
              failed ->
                  assertThat(failed.error()).startsWith("seed data failed: 20_second.sql:2: "));
      assertThat(migrator.tenants().all()).isEmpty();
    }
  }

  @Test
  void aMigrationThatFailsWithoutAPositionIsNamed() throws Exception {
    files.with("00002_b.sql", "INSERT INTO a (t) VALUES ('x'), ('x');").with("3_c.sql", "SELECT 1");
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(changelog(), "acme"))
          .isInstanceOfSatisfying(
              TenantCreation.Failed.class,
              failed ->
                  assertThat(failed.error())
                      .startsWith("migration 2 (b) failed: 00002_b.sql:1: duplicate key"));
    }
  }

  @Test
  void anExistingTenantIsGivenEachFileOnce() throws Exception {
    try (Migrator migrator = migrator()) {
      database.execute("CREATE SCHEMA tenant_acme");
      migrator
          .runs()
          .migrate(changelog(), migrator.tenants().schemaOf("acme"), new Target.Latest());

      Seeding first = migrator.tenants().seed(changelog(), migrator.tenants().schemaOf("acme"));
      seeds.with("20_more.sql", "INSERT INTO a (t) VALUES ('more');");
      seeds.with("10_first.sql", "INSERT INTO a (t) VALUES ('another');");
      Seeding second = migrator.tenants().seed(changelog(), migrator.tenants().schemaOf("acme"));

      assertThat(first.applied()).containsExactly("10_first.sql");
      assertThat(second.applied()).containsExactly("20_more.sql");
      assertThat(second.changed()).containsExactly("10_first.sql");
      assertThat(rows("acme")).containsExactly("first", "more");
      assertThat(
              migrator.tenants().seed(changelog(), migrator.tenants().schemaOf("nobody")).error())
          .contains("there is no schema tenant_nobody");
    }
  }

  @Test
  void aTenantOfADroppedOnesNameIsGivenAllAgain() throws Exception {
    try (Migrator migrator = migrator()) {
      migrator.tenants().create(changelog(), "acme");
      database.execute("DROP SCHEMA tenant_acme CASCADE");

      assertThat(migrator.tenants().create(changelog(), "acme"))
          .isInstanceOf(TenantCreation.Created.class);
    }
    assertThat(rows("acme")).containsExactly("first");
  }

  @Test
  void rolesMayDoWhatIsGranted() throws Exception {
    String app = "app_" + database.name();
    String reports = "Reports " + database.name();
    database.execute("CREATE ROLE \"%s\"; CREATE ROLE \"%s\"".formatted(app, reports));
    TenantGrant readWrite = new TenantGrant(app, TenantGrant.Access.READ_WRITE);
    TenantGrant readOnly = new TenantGrant(reports, TenantGrant.Access.READ_ONLY);
    try (Migrator migrator = migrator(readWrite, readOnly)) {
      assertThat(migrator.tenants().create(changelog(), "acme"))
          .isInstanceOf(TenantCreation.Created.class);
      files.with("00002_later.sql", "CREATE TABLE later (id int);");
      migrator
          .runs()
          .migrate(changelog(), migrator.tenants().schemaOf("acme"), new Target.Latest());

      assertThat(may(app, "tenant_acme.a", "INSERT")).isEqualTo("t");
      assertThat(may(app, "tenant_acme.later", "INSERT")).isEqualTo("t");
      assertThat(may(app, "tenant_acme.schema_migrations", "SELECT")).isEqualTo("t");
      assertThat(may(app, "tenant_acme.schema_migrations", "DELETE")).isEqualTo("f");
      assertThat(may(reports, "tenant_acme.later", "SELECT")).isEqualTo("t");
      assertThat(may(reports, "tenant_acme.a", "UPDATE")).isEqualTo("f");
      assertThat(migrator.tenants().grant(migrator.tenants().schemaOf("acme")).succeeded())
          .isTrue();
    } finally {
      database.execute("DROP SCHEMA tenant_acme CASCADE; DROP ROLE " + app);
      database.execute("DROP ROLE \"" + reports + "\"");
    }
  }

  private @Nullable String may(String role, String table, String privilege) {
    return database.value(
        "SELECT has_table_privilege('%s', '%s', '%s')::text::char(1)"
            .formatted(role, table, privilege));
  }

  @Test
  void aGrantToNobodyIsRefusedByItsKey() throws Exception {
    try (Migrator migrator =
        migrator(new TenantGrant("no_such_role", TenantGrant.Access.READ_ONLY))) {
      assertThat(migrator.tenants().create(changelog(), "acme"))
          .isInstanceOfSatisfying(
              TenantCreation.Failed.class,
              failed -> assertThat(failed.error()).startsWith("tenants.grants: role"));
      assertThat(migrator.tenants().all()).isEmpty();
    }
  }

  @Test
  void whatPublicLacksIsSaid() throws Exception {
    files
        .with("public/00002_plans.sql", "CREATE TABLE plans ();")
        .with("tenant/00003_b.sql", "-- Dependencies: 2\nSELECT 1;");
    try (Migrator migrator = migrator()) {
      assertThat(migrator.tenants().create(changelog(), "acme"))
          .isInstanceOfSatisfying(
              TenantCreation.Failed.class,
              failed -> assertThat(failed.error()).contains("isn't applied to public"));

      files.with("tenant/00003_b.sql", "SELECT * FROM public.plans;");
      assertThat(migrator.tenants().create(changelog(), "acme"))
          .isInstanceOfSatisfying(
              TenantCreation.Failed.class,
              failed -> assertThat(failed.error()).contains("00003_b.sql:1", "migrate public"));
    }
  }

  @Test
  void aSchemaIsDumpedBeforeItIsTouched() throws Exception {
    database.execute("CREATE SCHEMA tenant_acme");
    Path dumps = folder.resolve("dumps");
    backup = new BackupSettings(dumps, BackupSettings.Format.PLAIN, program("exit 0"));
    try (Migrator migrator = migrator()) {
      assertThat(
              migrator
                  .runs()
                  .migrate(changelog(), migrator.tenants().schemaOf("acme"), new Target.Latest()))
          .isInstanceOf(SchemaOutcome.Migrated.class);
      assertThat(
              migrator
                  .runs()
                  .migrate(changelog(), migrator.tenants().schemaOf("acme"), new Target.Latest()))
          .isInstanceOf(SchemaOutcome.UpToDate.class);
    }
    assertThat(dumps.toFile().list())
        .singleElement()
        .asString()
        .matches("tenant_acme-v0-\\d{8}T\\d{9}Z\\.sql");
    Path dump = dumps.resolve(String.valueOf(dumps.toFile().list()[0]));
    assertThat(dump)
        .content()
        .contains("--schema=\"tenant_acme\"", "--format=plain", "PGDATABASE=" + database.name());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dump)))
        .isEqualTo("rw-------");
  }

  @Test
  void withoutItsDumpASchemaIsNotTouched() throws Exception {
    database.execute("CREATE SCHEMA tenant_acme");
    Path dumps = folder.resolve("dumps");
    backup =
        new BackupSettings(
            dumps, BackupSettings.Format.CUSTOM, program("echo no such thing >&2; exit 3"));
    try (Migrator migrator = migrator()) {
      assertThat(
              migrator
                  .runs()
                  .migrate(changelog(), migrator.tenants().schemaOf("acme"), new Target.Latest()))
          .isInstanceOfSatisfying(
              SchemaOutcome.Failed.class,
              failed ->
                  assertThat(failed.error())
                      .contains("no backup could be made", "ended with 3: no such thing"));
      assertThat(migrator.histories().of(migrator.tenants().schemaOf("acme")).entries()).isEmpty();
    }
    assertThat(dumps).isEmptyDirectory();
  }

  /** A script that stands in for pg_dump: writes how it was called into its file. */
  private String program(String end) throws IOException {
    Path script = folder.resolve("pg_dump.sh");
    Files.writeString(
        script,
        """
        #!/bin/sh
        for argument in "$@"; do
          case $argument in --file=*) file=${argument#--file=} ;; esac
        done
        { printf '%s\\n' "$@"; env; } >"$file"
        """
            + end
            + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script.toString();
  }

  @Test
  void aVeryLongMigrationIsSentInPiecesAndItsErrorsHaveTheirLine() throws SQLException {
    database.execute("CREATE SCHEMA tenant_acme");
    StringBuilder sql = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      sql.append("INSERT INTO a (t) VALUES ('row %d \uD83D\uDE00');\n".formatted(i));
    }
    files.with("00002_many.sql", sql.toString());
    files.with("00003_wrong.sql", sql + "SELECT missing;\n");
    try (Migrator migrator = migrator()) {
      SchemaOutcome outcome =
          migrator
              .runs()
              .migrate(files.changelog(), migrator.tenants().schemaOf("acme"), new Target.Latest());

      assertThat(outcome)
          .isInstanceOfSatisfying(
              SchemaOutcome.Failed.class,
              failed ->
                  assertThat(failed.error()).contains("00003_wrong.sql").contains("duplicate key"));
      files.with("00003_wrong.sql", "DELETE FROM a;\n" + sql + "SELECT missing;\n");
      assertThat(
              migrator
                  .runs()
                  .migrate(
                      files.changelog(), migrator.tenants().schemaOf("acme"), new Target.Latest()))
          .isInstanceOfSatisfying(
              SchemaOutcome.Failed.class,
              failed -> assertThat(failed.error()).contains("00003_wrong.sql:10002: "));
    }
    assertThat(database.value("SELECT count(*)::text FROM tenant_acme.a")).isEqualTo("10000");
  }
}

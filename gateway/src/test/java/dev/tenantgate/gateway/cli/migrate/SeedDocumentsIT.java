package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.SeedExamples;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The documents that the formats come from, line by line: each command and variable as it is
 * spelled there, and its effect in the database. A table of the migrator's README has the parts
 * that can't be done, with the reason and the way to do it instead.
 */
class SeedDocumentsIT {

  private static final Path README = Path.of("..", "migrator", "README.md");

  private static final String TABLES =
      "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = '%s'";

  @TempDir Path folder;
  private TestDatabase database;
  private Path migrations;
  private DeployExamples examples;
  private Map<String, String> environment;

  @BeforeEach
  void open() throws IOException {
    database = TestPostgres.latest().newDatabase();
    migrations = folder.resolve("migrations");
    examples = new DeployExamples(Files.createDirectory(folder.resolve("bin")));
    environment = new LinkedHashMap<>();
    environment.put("TENANTGATE_MIGRATIONS_LOCATIONS", migrations.toString());
    environment.put("DSN", Ran.url(database) + "?sslmode=disable");
  }

  @AfterEach
  void close() {
    database.close();
  }

  /** Runs what a document spells. */
  private Ran run(String spelled) throws IOException, InterruptedException {
    DeployExamples.Call call = examples.call(spelled);
    Map<String, String> all = new LinkedHashMap<>(environment);
    all.putAll(call.environment());
    return Ran.in(all, call.arguments().toArray(new String[0]));
  }

  private Ran done(String spelled) throws IOException, InterruptedException {
    Ran ran = run(spelled);
    assertThat(ran.exit()).as(spelled + "\n" + ran.out() + ran.err()).isEqualTo(ExitCode.DONE);
    return ran;
  }

  private String versions(String schema) {
    return String.valueOf(
        database.value(
            "SELECT string_agg(version::text, ' ' ORDER BY version) FROM %s.schema_migrations"
                .formatted(schema)));
  }

  private String tables(String schema) {
    return String.valueOf(database.value(TABLES.formatted(schema)));
  }

  /** One database without tenants' schemas: everything is in public. */
  private void unscoped() {
    environment.put("TENANTGATE_MIGRATIONS_DEFAULT_SCOPE", "public");
  }

  @Test
  void document000() throws Exception {
    SeedExamples.copy("000", migrations);
    unscoped();

    done("./run-migration.sh 00001_add_multitenancy.sql");

    assertThat(tables("public")).contains("customers", "domains", "site_settings", "tenant_usage");
    assertThat(
            database.value(
                "SELECT count(*)::text FROM customers"
                    + " WHERE id = '00000000-0000-0000-0000-000000000001'"))
        .isEqualTo("1");
    assertThat(
            database.value(
                "SELECT count(*)::text FROM sites"
                    + " WHERE id = '00000000-0000-0000-0000-000000000001'"))
        .isEqualTo("1");
    assertThat(database.value("SELECT COUNT(*)::text FROM users WHERE customer_id IS NOT NULL"))
        .isEqualTo("0");
    // "Rollback Migration 00001", the file of that name beside it
    done("./start-migration.sh down -version 0");
    assertThat(tables("public")).doesNotContain("customers", "sites", "domains");
    assertThat(tables("public")).contains("posts", "users");
  }

  @Test
  void document001() throws Exception {
    TestChangelog files = new TestChangelog(migrations);
    SeedExamples.copy("001", migrations);
    for (int i = 2; i <= 6; i++) {
      files.with(
          "0000%d_step.sql".formatted(i),
          "-- UP MIGRATION\nCREATE TABLE t%d ();\n-- DOWN MIGRATION\nDROP TABLE t%1$d;"
              .formatted(i));
    }
    unscoped();
    environment.putAll(
        Map.of("CA", "", "DB_DRIVER", "postgres", "DB_MAX_CONNS", "3", "DB_TIMEOUT", "30"));

    assertThat(run("./start-migration.sh").exit()).isEqualTo(ExitCode.PENDING);
    assertThat(run("./start-migration.sh status").exit()).isEqualTo(ExitCode.PENDING);
    // DEFAULT current_timestamp() is CockroachDB's: it is told by line, and replaced then.
    assertThat(run("./start-migration.sh validate").out())
        .contains("00001_add_multitenancy.sql:11: syntax error at or near");
    assertThat(run("./start-migration.sh up -dry-run").out())
        .contains("would fail: 00001_add_multitenancy.sql:11: syntax error at or near");
    Path example = migrations.resolve("00001_add_multitenancy.sql");
    files.with(
        "00001_add_multitenancy.sql",
        Files.readString(example).replace("current_timestamp()", "current_timestamp"));
    done("./start-migration.sh validate");
    Ran rehearsed = done("./start-migration.sh up -dry-run");
    assertThat(rehearsed.out()).contains("public: would succeed", "CREATE TABLE customers");
    done("./start-migration.sh up -dry-run -verbose");
    assertThat(tables("public")).isEqualTo("null");

    done("./start-migration.sh up -version 5");
    assertThat(versions("public")).isEqualTo("1 2 3 4 5");
    assertThat(tables("public")).contains("customers", "t5").doesNotContain("t6");
    done("./start-migration.sh down -version 3");
    assertThat(versions("public")).isEqualTo("1 2 3");
    assertThat(tables("public")).doesNotContain("t4", "t5");
    done("./start-migration.sh up");
    assertThat(versions("public")).isEqualTo("1 2 3 4 5 6");
    assertThat(done("./start-migration.sh status -verbose").out()).contains("Applied: 6");

    done("./start-migration.sh create add_users_table");
    assertThat(migrations.resolve("00007_add_users_table.sql")).content().contains("UP MIGRATION");
  }

  /** "Migration Tracking": the columns as they are given there, and the queries on them. */
  @Test
  void theHistoryOf001() throws Exception {
    new TestChangelog(migrations)
        .with("00001_a.sql", "CREATE TABLE a ();")
        .with("00002_b.sql", "SELECT 1/0;");
    unscoped();

    assertThat(run("./start-migration.sh up").exit()).isEqualTo(ExitCode.FAILED);

    assertThat(
            database.column(
                "SELECT column_name || ' ' || upper(data_type)"
                    + " || coalesce('(' || character_maximum_length || ')', '')"
                    + " FROM information_schema.columns WHERE table_name = 'schema_migrations'"
                    + " ORDER BY ordinal_position"))
        .containsExactly(
            "version BIGINT",
            "name CHARACTER VARYING(255)",
            "applied_at TIMESTAMP WITHOUT TIME ZONE",
            "checksum CHARACTER VARYING(64)",
            "execution_time_ms INTEGER",
            "status CHARACTER VARYING(20)",
            "error_message TEXT");
    assertThat(
            database.value("SELECT error_message FROM schema_migrations WHERE status = 'failed'"))
        .contains("00002_b.sql:1: division by zero");
    assertThat(database.value("SELECT status FROM schema_migrations WHERE version = 1"))
        .isEqualTo("success");
  }

  /** "The startup script automatically loads secrets from Google Cloud": those it is told of. */
  @Test
  void secretsOf001() throws Exception {
    new TestChangelog(migrations).with("00001_a.sql", "CREATE TABLE a ();");
    unscoped();
    environment.remove("DSN");
    examples.command(
        "gcloud",
        "case $* in *--secret=agoat-publisher-db-main-cockroach-dsn) echo '"
            + Ran.url(database)
            + "?sslmode=disable' ;; *--secret=agoat-publisher-db-main-cockroach-ca) ;; *) exit 1 ;;"
            + " esac");

    done(
        "DSN_SECRET=agoat-publisher-db-main-cockroach-dsn"
            + " CA_SECRET=agoat-publisher-db-main-cockroach-ca ./start-migration.sh up");

    assertThat(versions("public")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource({"DB_MAX_CONNS,0", "DB_TIMEOUT,30s", "DB_DRIVER,mysql", "CA,/no/such/ca.pem"})
  void variablesOf001ThatCannotBe(String variable, String value) throws Exception {
    new TestChangelog(migrations).with("00001_a.sql", "SELECT 1;");
    environment.put(variable, value);

    Ran ran = run("./start-migration.sh status");

    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains(variable);
  }

  @Test
  void document002() throws Exception {
    SeedExamples.copy("002", migrations);
    unscoped();
    environment.put("DATABASE_URL", String.valueOf(environment.remove("DSN")));
    environment.put("TENANTGATE_MIGRATIONS_ENVIRONMENT", "production");

    // psql $DATABASE_URL -f 001_create_platform_schema.sql
    done("./run-migration.sh migrations/001_create_platform_schema.sql");
    assertThat(tables("platform")).isEqualTo("organizations projects");
    // node ../run-migration-003.js
    done("./run-migration.sh 003_user_management_and_permissions.sql");
    assertThat(tables("platform")).contains("users");
    // for file in migrations/*.sql; do node ../apply-migration.js "$file"; done
    done("./start-migration.sh up");
    assertThat(versions("public")).isEqualTo("1 2 3 4 5");
    // psql $DATABASE_URL -f migrations/rollback-005.sql
    done("./start-migration.sh down -version 4");
    assertThat(versions("public")).isEqualTo("1 2 3 4");
    assertThat(tables("platform")).doesNotContain("project_limits");
    // node ../apply-migration.js migrations/005_add_project_limits.sql, again
    done("./run-migration.sh migrations/005_add_project_limits.sql");
    assertThat(tables("platform")).contains("project_limits");
    // node ../check-schema.js
    done("./start-migration.sh verify");
    // touch migrations/006_create_audit_log_table.sql
    done("./start-migration.sh create create_audit_log_table");
    assertThat(migrations.resolve("006_create_audit_log_table.sql")).exists();
    assertThat(migrations.resolve("rollback-006.sql")).exists();
  }

  @Test
  void document003() throws Exception {
    assertThat(examples.call("npm run migrate:dev").arguments()).containsExactly("migrate", "all");
    assertThat(examples.call("npm run migrate:staging").arguments())
        .containsExactly("migrate", "all", "--set", "migrations.environment=staging");
    String script = "migrate:prod";
    SeedExamples.copy("003", migrations);
    unscoped();
    environment.remove("DSN");
    environment.putAll(
        Map.of(
            "DB_PORT",
            String.valueOf(database.server().port()),
            "DB_NAME",
            database.name(),
            "DB_USER",
            "postgres"));

    assertThat(run("DB_HOST=127.0.0.1 npm run migrate:status").exit()).isEqualTo(ExitCode.PENDING);
    done("DB_HOST=127.0.0.1 npm run " + script);
    assertThat(versions("public")).isEqualTo("1 2");
    assertThat(done("DB_HOST=127.0.0.1 npm run migrate:status").out()).contains("Pending: 0");
    done("DB_HOST=127.0.0.1 npm run migrate:rollback");
    assertThat(tables("public")).doesNotContain("new_table");
    done("DB_HOST=127.0.0.1 npm run " + script);
    done("DB_MIGRATION_VERSION=001 DB_HOST=127.0.0.1 npm run migrate:rollback");
    assertThat(versions("public")).isEqualTo("1");
    done("DB_MIGRATION_VERSION=002 DB_HOST=127.0.0.1 ./start-migration.sh up");
    assertThat(versions("public")).isEqualTo("1 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker compose exec backend python -m app.cli.migrate ",
        "docker compose exec -T backend python -m app.cli.migrate ",
        "make migrate-"
      })
  void everyWayToCallItIn004HandsOnTheSame(String wrapper) throws Exception {
    for (String command : List.of("status", "public", "tenants", "all", "tenant acme")) {
      String spelled =
          wrapper.startsWith("make") ? command.replace(" acme", " TENANT=acme") : command;
      assertThat(examples.call(wrapper + spelled).arguments())
          .isEqualTo(examples.call("python -m app.cli.migrate " + command).arguments());
    }
  }

  @Test
  void document004() throws Exception {
    SeedExamples.copy("004", migrations);
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_corp");
    String wrapper = "python -m app.cli.migrate ";

    assertThat(run(wrapper + "status").exit()).isEqualTo(ExitCode.PENDING);
    done(wrapper + "public");
    assertThat(versions("public")).isEqualTo("1 4 5");
    done(wrapper + "tenant acme");
    assertThat(versions("tenant_acme")).isEqualTo("2 3 5");
    assertThat(tables("tenant_corp")).isEqualTo("null");
    Ran status = run(wrapper + "status");
    assertThat(status.out())
        .contains("MIGRATION STATUS", "=".repeat(60), "Applied migrations:", "corp (tenant_corp)")
        .containsSubsequence("corp", "Applied: 0", "Pending: 3", "- 003_add_user_avatar");
    done(wrapper + "tenants");
    assertThat(versions("tenant_corp")).isEqualTo("2 3 5");
    done(wrapper + "all");
    done(wrapper + "status");
  }

  /** "What happens if a tenant migration fails?", and "Fix the issue, then retry". */
  @Test
  void aFailureOf004() throws Exception {
    SeedExamples.copy("004", migrations);
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_corp");
    done("make migrate-public");
    done("python -m app.cli.migrate up -version 2");
    database.execute("ALTER TABLE tenant_acme.users RENAME TO people");

    assertThat(run("make migrate-tenants").exit()).isEqualTo(ExitCode.TENANT_FAILED);
    assertThat(versions("tenant_corp")).isEqualTo("2 3 5");
    database.execute("ALTER TABLE tenant_acme.people RENAME TO users");
    done("make migrate-tenant TENANT=acme");

    assertThat(versions("tenant_acme")).isEqualTo("2 3 5");
    // "Rollback (Manual)": what is done by hand there
    done("python -m app.cli.migrate down -version 2 --tenant acme");
    assertThat(versions("tenant_acme")).isEqualTo("2");
    assertThat(
            database.column(
                "SELECT 1 FROM information_schema.columns WHERE table_schema = 'tenant_acme'"
                    + " AND column_name = 'avatar_url'"))
        .isEmpty();
  }

  @Test
  void thePythonModuleHandsItsArgumentsOn() throws Exception {
    boolean python = new ProcessBuilder("sh", "-c", "command -v python3").start().waitFor() == 0;
    assumeTrue(python, "no python3");

    assertThat(examples.shell("python3 -m app.cli.migrate tenant acme", environment))
        .endsWith("migrate", "tenant", "acme");
  }

  /** Each command that isn't run above has its line in the table. */
  @Test
  void theTableSaysHere() throws IOException {
    List<String> rows =
        Files.readAllLines(README).stream().filter(line -> line.startsWith("| 00")).toList();

    assertThat(
            Stream.of(
                "cockroach sql --url=",
                "SHOW TABLES",
                "cockroach dump",
                "./start-migration.sh",
                "./dbmigrate status",
                "psql $DATABASE_URL -f",
                "node ../apply-migration.js",
                "node ../run-migration-003.js",
                "node ../check-schema.js",
                "psql -f migration.sql --dry-run",
                "touch migrations/",
                "pg_dump",
                "platform.schema_migrations",
                "ORDER BY id DESC LIMIT 10",
                "npm run migrate:",
                "make migrate-",
                "python -m app.cli.migrate",
                "POST /api/tenants/create",
                "DELETE FROM schema_migrations",
                "MigrationManager",
                "apply_migration_to_schema",
                "Alembic",
                "GRANT ALL ON SCHEMA",
                "def upgrade()"))
        .allSatisfy(
            spelled -> assertThat(rows).anySatisfy(row -> assertThat(row).contains(spelled)));
  }
}

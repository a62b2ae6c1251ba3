package dev.tenantgate.migrator.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Migrations that put out a lot, whatever they may do it by. */
@Timeout(60)
class LoudMigrationIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator = newMigrator(database, files);
    database.execute("CREATE SCHEMA tenant_acme");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private static Migrator newMigrator(TestDatabase database, TestChangelog files) {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  /** The other process's program; its memory wouldn't be enough for any of this output. */
  static final class Main {
    public static void main(String[] arguments) throws Exception {
      TestChangelog files = new TestChangelog(Path.of(arguments[0]));
      try (Migrator migrator =
          Migrator.open(
              new DatabaseSettings(
                  arguments[1],
                  Integer.parseInt(arguments[2]),
                  arguments[3],
                  "postgres",
                  null,
                  "disable",
                  null,
                  PassOrReject.REJECT,
                  PassOrReject.REJECT,
                  10,
                  Duration.ofSeconds(10)),
              files.settings(),
              SchemaPattern.parse("tenant_{tenant}"))) {
        System.out.println(migrator.runs().migrate(files.changelog(), ACME, LATEST));
      }
    }
  }

  @Test
  void itsOutputIsDroppedAsItComes() throws Exception {
    files
        .with("001_rows.sql", "SELECT g, repeat('x', 100) FROM generate_series(1, 170000) g;")
        .with("002_row.sql", "SELECT repeat('x', 17000000);")
        .with(
            "003_notices.sql",
            "DO $$ BEGIN FOR i IN 1..17000 LOOP RAISE NOTICE '% %', i, repeat('n', 1000);"
                + " END LOOP; END $$;")
        .with("004_notice.sql", "DO $$ BEGIN RAISE NOTICE '%', repeat('n', 17000000); END $$;")
        .with(
            "005_copy.sql",
            "COPY (SELECT g, repeat('c', 1000) FROM generate_series(1, 17000) g) TO STDOUT;\n"
                + "COPY (SELECT repeat('c', 17000000)) TO STDOUT;\nCREATE TABLE copied (n int);")
        .with("006_results.sql", "SELECT repeat('r', 10000);\n".repeat(1700))
        .with(
            "007_alone.sql",
            "-- tenantgate: no-transaction\nSELECT repeat('x', 17000000);\n"
                + "DO $$ BEGIN FOR i IN 1..17000 LOOP RAISE NOTICE '% %', i, repeat('n', 1000);"
                + " END LOOP; END $$;")
        .with(
            "008_failing.sql",
            "DO $$ BEGIN RAISE NOTICE 'so far'; RAISE '%', repeat('e', 17000000); END $$;");

    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx16m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                folder.toString(),
                database.server().host(),
                Integer.toString(database.server().port()),
                database.name())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).contains("Failed[schema=tenant_acme, applied=[1, 2, 3, 4, 5, 6, 7]");
    assertThat(
            database.value(
                "SELECT error_message FROM tenant_acme.schema_migrations WHERE status = 'failed'"))
        .contains("eeee")
        .contains("before it: NOTICE: …")
        .hasSizeLessThan(10_000);
    assertThat(database.column("SELECT n FROM tenant_acme.copied")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE t (n int); COPY t TO STDOUT; COPY t TO STDOUT; INSERT INTO t VALUES (1);",
        "SELECT set_config('DateStyle', 'SQL, DMY', false); "
            + "CREATE TABLE t (n int); INSERT INTO t VALUES (1);",
        "SELECT set_config('client_encoding', 'LATIN1', false); "
            + "CREATE TABLE t (n int); INSERT INTO t VALUES (1);",
        "SELECT set_config('standard_conforming_strings', 'off', false); "
            + "CREATE TABLE t (n int); INSERT INTO t VALUES (1);",
        "LISTEN x; NOTIFY x; CREATE TABLE t (n int); INSERT INTO t VALUES (1);",
        ";;CREATE TABLE t (n int);;INSERT INTO t VALUES (1);;",
      })
  void whatTheServerTellsBesidesIsNoError(String sql) {
    files.with("001_a.sql", sql).with("002_ü.sql", "CREATE TABLE u (t text DEFAULT 'ü\\');");

    assertThat(migrator.runs().migrate(files.changelog(), ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(database.column("SELECT n FROM tenant_acme.t")).containsExactly("1");
    assertThat(
            database.column(
                "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef"
                    + " WHERE adrelid = 'tenant_acme.u'::regclass"))
        .containsExactly("'ü\\'::text");
    assertThat(migrator.runs().migrate(files.changelog(), ACME, LATEST))
        .isInstanceOf(SchemaOutcome.UpToDate.class);
  }

  @Test
  void aLongTextArrivesAsItIs() {
    String value = "aü€😀".repeat(60_000);
    files.with("001_a.sql", "CREATE TABLE t AS SELECT '%s' AS v;".formatted(value));

    assertThat(migrator.runs().migrate(files.changelog(), ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(database.column("SELECT v FROM tenant_acme.t")).isEqualTo(List.of(value));
  }
}

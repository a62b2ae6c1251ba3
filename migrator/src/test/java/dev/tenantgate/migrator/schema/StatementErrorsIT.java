package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.JavaMigration;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.verify.Drift;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors of statements that look like those of a connection, by their SQLSTATE. */
@Timeout(60)
class StatementErrorsIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

  private static final String RAISE =
      "DO $$ BEGIN RAISE 'on purpose' USING ERRCODE = '%s'; END $$;";

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA counted; CREATE SEQUENCE counted.n");
    files.with("00001_good.sql", "CREATE TABLE good (id int);");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private SchemaOutcome.Failed failing(String sql) {
    return failing(files.with("00002_bad.sql", sql).changelog());
  }

  private SchemaOutcome.Failed failing(Changelog changelog) {
    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);
    assertThat(outcome).isInstanceOf(SchemaOutcome.Failed.class);
    return (SchemaOutcome.Failed) outcome;
  }

  private void assertRecorded(String sqlState) {
    assertRecorded("tenant_acme", sqlState);
  }

  private void assertRecorded(String schema, String sqlState) {
    assertThat(
            database.value(
                "SELECT status || ': ' || error_message FROM %s.schema_migrations WHERE version = 2"
                    .formatted(schema)))
        .startsWith("failed: ")
        .contains("SQLSTATE " + sqlState);
    assertThat(database.column("SELECT holder FROM tenantgate.lease")).containsOnlyNulls();
  }

  /** One schema for each, which its name ends with. */
  @Test
  void anySqlStateThatAStatementRaisesIsTheMigrationsFailure() {
    List<String> states =
        List.of(
            "0A000", "01002", "08000", "08001", "08003", "08006", "08P01", "25P03", "25P04",
            "53300", "57014", "57P01", "57P02", "57P03", "57P04", "57P05", "JZ001", "TG001",
            "TG002", "TG003", "XX000");
    Changelog changelog =
        files
            .with(
                "00002_bad.sql",
                """
                SELECT nextval('counted.' || current_schema());
                DO $$ BEGIN
                  RAISE 'on purpose' USING ERRCODE = upper(substr(current_schema(), 8));
                END $$;
                """)
            .changelog();
    for (String state : states) {
      String schema = "tenant_" + state.toLowerCase(Locale.ROOT);
      database.execute("CREATE SCHEMA %1$s; CREATE SEQUENCE counted.%1$s".formatted(schema));

      SchemaOutcome outcome =
          migrator.runs().migrate(changelog, new SchemaRef(schema, schema.substring(7)), LATEST);

      assertThat(outcome).as(state).isInstanceOf(SchemaOutcome.Failed.class);
      SchemaOutcome.Failed failed = (SchemaOutcome.Failed) outcome;
      assertThat(failed.sqlState()).isEqualTo(state);
      assertThat(failed.error()).contains("on purpose");
      assertThat(failed.applied()).hasSize(1);
      assertRecorded(schema, state);
      // Once with the others, once by itself, once more where its SQLSTATE is one of our own.
      assertThat(Integer.parseInt("" + database.value("SELECT last_value FROM counted." + schema)))
          .as(state)
          .isLessThanOrEqualTo(3);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0A000", "08006", "57P01", "57P03", "TG001"})
  void soItIsOutsideOfATransaction(String state) {
    SchemaOutcome.Failed failed =
        failing(
            "-- tenantgate: no-transaction\nCREATE TABLE first (id int);\n"
                + RAISE.formatted(state));

    assertThat(failed.sqlState()).isEqualTo(state);
    assertRecorded(state);
    assertThat(failed.error()).contains("1 of its 2 statements are done");
  }

  @Test
  void aTypeThatAViewUsesCannotBeChangedAndThatIsSaid() {
    SchemaOutcome.Failed failed =
        failing(
            "CREATE TABLE t (v int); CREATE VIEW w AS SELECT v FROM t;"
                + " ALTER TABLE t ALTER v TYPE bigint;");

    assertThat(failed.sqlState()).isEqualTo("0A000");
    assertThat(failed.error()).contains("cannot alter type of a column used by a view");
    assertRecorded("0A000");
  }

  @Test
  void severalIndexesCannotBeDroppedConcurrentlyAtOnceAndThatIsSaid() {
    files.with("00001_good.sql", "CREATE TABLE t (a int, b int); CREATE INDEX a ON t (a);");

    SchemaOutcome.Failed failed = failing("DROP INDEX CONCURRENTLY a, b;");

    assertThat(failed.sqlState()).isEqualTo("0A000");
    assertRecorded("0A000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET LOCAL statement_timeout = 50; SELECT pg_sleep(30);",
        "SELECT pg_cancel_backend(pg_backend_pid()); SELECT pg_sleep(30);"
      })
  void aStatementThatIsCancelledIsTheMigrationsFailure(String sql) {
    assertThat(failing(sql).sqlState()).isEqualTo("57014");
    assertRecorded("57014");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-- tenantgate: no-transaction\n"})
  void aTransactionThatTakesTooLongIsTheMigrationsFailureAtOnce(String directive) {
    SchemaOutcome.Failed failed =
        failing(
            directive
                + "SELECT nextval('counted.n'); SET transaction_timeout = 50; SELECT"
                + " pg_sleep(30);");

    assertThat(failed.sqlState()).isEqualTo("25P04");
    assertThat(failed.error()).contains("transaction timeout");
    assertRecorded("25P04");
    assertThat(Integer.parseInt("" + database.value("SELECT last_value FROM counted.n")))
        .isLessThanOrEqualTo(2);
  }

  @Test
  void inAGroupEachSchemaHasItsOwnFailure() throws SQLException {
    IntStream.range(0, 60).forEach(i -> database.execute("CREATE SCHEMA tenant_x" + i));
    files.with(
        "00002_bad.sql",
        "DO $$ BEGIN IF current_schema() = 'tenant_x7' THEN"
            + " RAISE 'on purpose' USING ERRCODE = '57P01'; END IF; END $$;");

    FleetOutcome outcome =
        migrator
            .runs()
            .migrateAll(files.changelog(), new FleetScope.All(), LATEST, FleetListener.NONE);

    assertThat(outcome.failures()).hasSize(1);
    assertThat(outcome.failures().get(0))
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.schema().schema()).isEqualTo("tenant_x7"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "08006", "57P01", "server"})
  void aMigrationWrittenInJavaFailsWithItsOwnError(String state) throws InvalidChangelogException {
    Changelog changelog =
        changelogWith(
            (connection, schema) -> {
              if (state.equals("server")) {
                execute(connection, RAISE.formatted("08006"));
              }
              throw new SQLException("on purpose", state.equals("none") ? null : state);
            });

    assertThat(failing(changelog).error()).contains("on purpose");
    assertThat(database.value("SELECT status FROM tenant_acme.schema_migrations WHERE version = 2"))
        .isEqualTo("failed");
  }

  private interface Code {
    void run(Connection connection, SchemaRef schema) throws SQLException;
  }

  private Changelog changelogWith(Code code) throws InvalidChangelogException {
    return ChangelogReader.read(
            files.settings(),
            List.of(
                new JavaMigration() {
                  @Override
                  public long version() {
                    return 2;
                  }

                  @Override
                  public String name() {
                    return "written_in_java";
                  }

                  @Override
                  public void up(Connection connection, SchemaRef schema) throws SQLException {
                    code.run(connection, schema);
                  }
                }))
        .changelog();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void seedDataAndReferencesFailWithTheirOwnError() throws SQLException {
    SchemaOutcome done = migrator.runs().migrate(files.changelog(), ACME, LATEST);
    assertThat(done).isInstanceOf(SchemaOutcome.Migrated.class);
    Changelog changelog = files.with("00002_bad.sql", RAISE.formatted("57P01")).changelog();
    database.execute(
        "INSERT INTO tenant_acme.schema_migrations (version, name, checksum)"
            + " SELECT 2, 'bad', '%s'".formatted(changelog.migrations().get(1).checksum()));

    List<Drift> drifts = migrator.checks().verify(changelog, List.of(ACME));

    assertThat(drifts).hasSize(1);
    assertThat(drifts.get(0).toString()).contains("on purpose");
    assertThat(migrator.tenants().rehearseCreation(changelog, "new").toString())
        .contains("on purpose");
    assertThat(migrator.tenants().create(changelog, "new"))
        .isInstanceOf(TenantCreation.Failed.class);
  }
}

package dev.tenantgate.migrator.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors that the server gives no position of lead to the line of their statement. */
class ErrorLineIT {

  private static final String BEFORE =
      """
      -- Description: fails in line 5
      CREATE TABLE a (id int PRIMARY KEY, b bigint CHECK (b > 0)); ;;
      CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;
      INSERT INTO a VALUES (1, 1); -- ä \uD83D\uDE00 ; '
      """;

  @TempDir Path folder;
  private TestDatabase database;
  private TestChangelog files;
  private Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
    files = new TestChangelog(folder).with("1_first.sql", "CREATE TABLE other (id int);");
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO a VALUES (1, 2)",
        "INSERT INTO a VALUES (2, 0)",
        "SELECT 1/0",
        "DO $$ BEGIN RAISE 'no'; END $$",
        "SELECT\n 'x'::text::int FROM a",
        "ALTER TABLE a ALTER b TYPE int USING 3000000000",
        "SELECT missing FROM a",
        "CALL nothing()"
      })
  void ofOneSchemaOfManyAndOfANewTenant(String statement) throws SQLException {
    files.with("2_bad.sql", BEFORE + statement + ";\nSELECT 1;");

    List<String> errors = new ArrayList<>();
    migrator
        .runs()
        .migrateAll(
            files.changelog(), new FleetScope.AllTenants(), new Target.Latest(), FleetListener.NONE)
        .failures()
        .forEach(failure -> errors.add(failure.toString()));
    errors.add(migrator.tenants().create(files.changelog(), "new").toString());
    migrator
        .checks()
        .rehearseAll(
            files.changelog(),
            List.of(new SchemaRef("tenant_acme", "acme")),
            new Goal.Up(new Target.Latest()),
            rehearsal -> errors.add(String.valueOf(rehearsal.error())));

    assertThat(errors).hasSize(4).allSatisfy(e -> assertThat(e).contains("2_bad.sql:5: "));
  }

  @Test
  void ofALongMessageSentInPieces() throws SQLException {
    StringBuilder sql = new StringBuilder("CREATE TABLE a (id int PRIMARY KEY);\n");
    for (int i = 0; i < 9_000; i++) {
      sql.append("INSERT INTO a VALUES (%d); -- \uD83D\uDE00 padding padding\n".formatted(i));
    }
    files.with("2_bad.sql", sql + "INSERT INTO a VALUES (1);\n");

    SchemaOutcome outcome =
        migrator
            .runs()
            .migrate(files.changelog(), new SchemaRef("tenant_acme", "acme"), new Target.Latest());

    assertThat(outcome.toString()).contains("2_bad.sql:9002: duplicate key");
  }

  /** A statement of the bookkeeping is none of the file's. */
  @Test
  void aCommitThatFailsIsInNoLine() throws SQLException {
    files.with(
        "2_bad.sql",
        "CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (p int REFERENCES p (id)"
            + " DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (7);");

    SchemaOutcome outcome =
        migrator
            .runs()
            .migrate(files.changelog(), new SchemaRef("tenant_acme", "acme"), new Target.Latest());

    assertThat(outcome.toString()).contains("2_bad.sql", "violates foreign key");
    assertThat(outcome.toString()).doesNotContain("2_bad.sql:1");
  }
}

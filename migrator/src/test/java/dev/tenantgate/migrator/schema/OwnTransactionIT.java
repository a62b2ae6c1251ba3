package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements that the server refuses in a transaction, and those committed one by one. */
@Timeout(120)
class OwnTransactionIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final String NO_TRANSACTION = "-- tenantgate: no-transaction\n";

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder)
            .with(
                "00001_t.sql",
                """
                CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id);
                CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
                CREATE INDEX parted_id ON parted (id);
                CREATE TABLE users (id int, email text);
                """);
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    database.execute("CREATE SCHEMA tenant_acme; CREATE TABLE public.shared (id int)");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private SchemaOutcome up() {
    return migrator.runs().migrate(files.changelog(), ACME, new Target.Latest());
  }

  private void assertMigrated(SchemaOutcome outcome) {
    assertThat(outcome).as(outcome.toString()).isInstanceOf(SchemaOutcome.Migrated.class);
  }

  private static String error(SchemaOutcome outcome) {
    assertThat(outcome).isInstanceOf(SchemaOutcome.Failed.class);
    return ((SchemaOutcome.Failed) outcome).error();
  }

  private List<String> invalid() {
    return database
        .column("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        .stream()
        .map(String::valueOf)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "REINDEX INDEX parted_id",
        "REINDEX TABLE parted",
        "REINDEX (VERBOSE) TABLE parted",
        "CLUSTER parted USING parted_id",
        "CLUSTER",
        "CLUSTER (VERBOSE)",
        "VACUUM (ANALYZE) users",
        "ALTER TABLE parted DETACH PARTITION part_1 CONCURRENTLY",
        "DROP INDEX CONCURRENTLY IF EXISTS nothing",
        "DO $$ BEGIN COMMIT; END $$",
      })
  void isSentByItselfWhereItIsRefusedInATransaction(String statement) {
    files.with(
        "00002_it.sql",
        NO_TRANSACTION
            + "INSERT INTO users VALUES (1, 'a');\n%s;\nINSERT INTO users VALUES (2, 'b');"
                .formatted(statement));

    assertMigrated(up());

    assertThat(database.column("SELECT email FROM tenant_acme.users ORDER BY 1"))
        .containsExactly("a", "b");
  }

  @Test
  void aFailureOfOneThatIsSentByItselfNamesItsLine() {
    files.with(
        "00002_it.sql", NO_TRANSACTION + "SELECT 1;\nCLUSTER parted\n  USING nothing;\nSELECT 2;");

    assertThat(error(up())).contains("00002_it.sql").contains("1 of its 3 statements are done");
  }

  @Test
  void withoutTheDirectiveTheErrorNamesIt() {
    files.with("00002_it.sql", "REINDEX TABLE parted;");

    assertThat(error(up()))
        .contains("25001")
        .contains("say -- tenantgate: no-transaction at the head of the migration");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "U&\"d\\0061t\" ON users (email)|dat",
        "U&\"d!0061t\" UESCAPE '!' ON users (email)|dat",
        "ÄRA ON users (email)|Ära",
        "an_index_whose_name_is_longer_than_the_server_keeps_it_which_is_63_bytes_in_all"
            + " ON users (email)|an_index_whose_name_is_longer_than_the_server_keeps_it_which_is",
        "if ON users (email)|if",
        "dat ON U&\"\\0075sers\" (email)|dat",
        "shared_id ON public.shared (id)|shared_id",
      })
  void aBuildThatFailedLeavesNoInvalidIndexAndIsNeverRecordedAsApplied(String index, String name) {
    assertMigrated(up());
    database.execute(
        "INSERT INTO tenant_acme.users VALUES (1, 'a'), (2, 'a');"
            + " INSERT INTO public.shared VALUES (1), (1)");
    files.with("00002_it.sql", "CREATE UNIQUE INDEX CONCURRENTLY %s;".formatted(index));

    assertThat(error(up())).contains("23505");
    assertThat(invalid()).isEmpty();
    assertThat(error(up())).contains("23505");
    database.execute("DELETE FROM tenant_acme.users WHERE id = 2; TRUNCATE public.shared");
    assertMigrated(up());

    assertThat(
            database.column(
                "SELECT relname FROM pg_class JOIN pg_index ON oid = indexrelid"
                    + " WHERE indisunique AND indisvalid AND relname = '%s'".formatted(name)))
        .containsExactly(name);
  }

  @Test
  void anInvalidIndexWithoutANameOfItsOwnIsDroppedToo() {
    assertMigrated(up());
    database.execute("INSERT INTO tenant_acme.users VALUES (1, 'a'), (2, 'a')");
    files.with("00002_it.sql", "CREATE UNIQUE INDEX CONCURRENTLY ON users (email);");

    assertThat(error(up())).contains("23505");

    assertThat(invalid()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET SESSION AUTHORIZATION just_anybody",
        "SET ROLE just_anybody",
        "DO $$ BEGIN SET ROLE just_anybody; END $$",
        "SELECT set_config('role', 'just_anybody', false)",
        "SET default_transaction_read_only = on",
        "SET session_replication_role = replica",
        "SET search_path = ''",
        "SET statement_timeout = '50ms'",
        "SET idle_in_transaction_session_timeout = '50ms'",
        "SET row_security = off",
      })
  void whatIsLeftSetKeepsNothingFromBeingRecorded(String statement) {
    database.execute(
        "DO $$ BEGIN CREATE ROLE just_anybody; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    files
        .with("00002_in_one.sql", "INSERT INTO users VALUES (1, 'a');\n%s;".formatted(statement))
        .with(
            "00003_by_themselves.sql",
            NO_TRANSACTION + "INSERT INTO users VALUES (2, 'b');\n%s;".formatted(statement))
        .with("00004_next.sql", "INSERT INTO users VALUES (3, current_user);");

    assertMigrated(up());

    assertThat(database.column("SELECT email FROM tenant_acme.users ORDER BY id"))
        .containsExactly("a", "b", "postgres");
  }

  @Test
  void namesThatAreKeywordsElsewhereAreNotMisread() {
    files.with(
        "00002_it.sql",
        """
        ALTER TABLE users RENAME email TO finalize;
        ALTER TABLE users RENAME COLUMN id TO detach;
        ALTER TABLE users ADD "concurrently" int;
        ALTER TABLE users ADD "partition" int;
        CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT (SELECT 8 AS end); END;
        CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 AS end; SELECT 2 end; END;
        INSERT INTO users (detach, finalize, "concurrently") VALUES (f(), 'x', g());
        """);

    assertMigrated(up());

    assertThat(
            database.value("SELECT detach || finalize || \"concurrently\" FROM tenant_acme.users"))
        .isEqualTo("8x2");
  }
}

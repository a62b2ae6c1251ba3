package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fleet's schemas take the lease and all of their migrations in one message. */
class OneMessageIT {

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
    database.execute(
        """
        CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b; CREATE SCHEMA tenant_c;
        CREATE TABLE public.messages (schema text, message text);
        """);
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private FleetOutcome migrate(String... tenants) throws SQLException {
    List<SchemaRef> schemas = Stream.of(tenants).map(migrator.tenants()::schemaOf).toList();
    return migrator
        .runs()
        .migrateAll(
            files.changelog(),
            new FleetScope.Only(schemas),
            new Target.Latest(),
            FleetListener.NONE);
  }

  private static String remember() {
    return "INSERT INTO public.messages VALUES (current_schema(), current_query());";
  }

  @Test
  void theLeaseIsTakenInTheMessageThatMigrates() throws SQLException {
    files.with("tenant/00001_t.sql", "CREATE TABLE t (id int);" + remember());
    assertThat(migrate("a", "b").succeeded()).isTrue();
    files.with("tenant/00002_c.sql", "ALTER TABLE t ADD COLUMN c int;" + remember());

    FleetOutcome outcome = migrate("a", "b");

    assertThat(outcome.succeeded()).isTrue();
    assertThat(database.column("SELECT message FROM public.messages"))
        .hasSize(4)
        .allMatch(message -> message != null && message.contains("take_lease"));
    assertThat(database.column("SELECT token || coalesce(holder, '-') FROM tenantgate.lease"))
        .containsExactly("2-", "2-");
    assertThat(
            database.column(
                "SELECT version || ' ' || applied FROM tenantgate.schema_state ORDER BY 1"))
        .containsExactly("2 2", "2 2");
    assertThat(database.column("SELECT schema_name FROM tenantgate.journal"))
        .hasSize(4)
        .contains("tenant_a", "tenant_b");
  }

  @Test
  void whatAnotherDidSinceTheHistoriesWereReadIsSeen() throws SQLException {
    // The first schema's migration does to the others what another process would.
    files.with(
        "tenant/00001_t.sql",
        """
        CREATE TABLE t (id int);
        INSERT INTO tenantgate.lease
          SELECT s, NULL, 7, now(), now() FROM unnest(ARRAY['tenant_a', 'tenant_b', 'tenant_c']) s
          WHERE current_schema() <> s
          ON CONFLICT (schema_name) DO UPDATE SET token = 9 WHERE lease.holder IS NULL;
        INSERT INTO public.messages VALUES (current_schema(), current_query());
        """);

    FleetOutcome outcome = migrate("a", "b", "c");

    assertThat(outcome.succeeded()).isTrue();
    assertThat(
            database.column(
                "SELECT DISTINCT schema FROM public.messages WHERE message NOT LIKE"
                    + " '%take_lease%'"))
        .isNotEmpty();
    assertThat(database.column("SELECT schema FROM public.messages ORDER BY 1"))
        .containsExactly("tenant_a", "tenant_b", "tenant_c");
  }

  @Test
  void aFailureInTheMessageStandsInTheHistoryAndKeepsWhatWasBeforeIt() throws SQLException {
    files
        .with("tenant/00001_t.sql", "CREATE TABLE t (id int);")
        .with("tenant/00002_wrong.sql", "ALTER TABLE t ADD COLUMN c int;\nSELECT 1 / 0;");

    FleetOutcome outcome = migrate("a", "b");

    assertThat(outcome.failures()).hasSize(2).allMatch(SchemaOutcome.Failed.class::isInstance);
    assertThat(
            database.column(
                "SELECT version || ' ' || status FROM tenant_a.schema_migrations ORDER BY version"))
        .containsExactly("1 success", "2 failed");
    assertThat(database.column("SELECT holder FROM tenantgate.lease WHERE holder IS NOT NULL"))
        .isEmpty();
  }

  @Test
  void withoutTheRegistrysFunctionsItIsDoneAllTheSame() throws SQLException {
    files.with("tenant/00001_t.sql", "CREATE TABLE t (id int);");
    assertThat(migrate("a", "b").succeeded()).isTrue();
    database.execute("DROP FUNCTION tenantgate.take_lease");
    files.with("tenant/00002_c.sql", "ALTER TABLE t ADD COLUMN c int;");

    assertThat(migrate("a", "b").succeeded()).isTrue();

    assertThat(database.column("SELECT version FROM tenant_b.schema_migrations ORDER BY 1"))
        .containsExactly("1", "2");
  }
}

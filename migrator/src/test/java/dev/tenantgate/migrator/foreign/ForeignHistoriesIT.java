package dev.tenantgate.migrator.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.foreign.ForeignHistory.Place;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Other tools' histories, as their tables tell them. */
class ForeignHistoriesIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final SchemaRef GLOBEX = new SchemaRef("tenant_globex", "globex");

  static TestDatabase database;

  @BeforeAll
  static void open() {
    database = TestPostgres.latest().newDatabase();
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @BeforeEach
  void schemas() {
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
  }

  @AfterEach
  void drop() {
    database.execute(
        """
        DROP SCHEMA tenant_acme, tenant_globex CASCADE; DROP SCHEMA IF EXISTS platform CASCADE;
        DROP SCHEMA public CASCADE; CREATE SCHEMA public\
        """);
  }

  private static List<ForeignHistory> of(SchemaRef schema) {
    return of(schema, List.of("platform"), "postgres");
  }

  private static List<ForeignHistory> of(
      SchemaRef schema, Collection<String> elsewhere, String user) {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("currentSchema", "pg_catalog");
    try (Connection connection =
        DriverManager.getConnection(
            "jdbc:postgresql://%s:%d/%s"
                .formatted(database.server().host(), database.server().port(), database.name()),
            properties)) {
      return ForeignHistories.read(
              connection, HistoryName.STANDARD, List.of(ACME, GLOBEX, SchemaRef.PUBLIC), elsewhere)
          .getOrDefault(schema, List.of());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ForeignHistory only(SchemaRef schema) {
    List<ForeignHistory> histories = of(schema);
    assertThat(histories).hasSize(1);
    return histories.get(0);
  }

  private static List<String> applied(ForeignHistory history) {
    return history.applied().stream().map(AppliedMigration::toString).toList();
  }

  @ParameterizedTest
  @EnumSource(ToolHistories.class)
  void eachToolIsKnownByItsColumnsUnderAnyNameAnywhere(ToolHistories tool) {
    database.execute(
        tool.in("tenant_acme")
            + ";"
            + tool.as("tenant_globex.\"any other name\"")
            + "; CREATE TABLE tenant_acme.users (id int, name text, version int, email text)");

    for (SchemaRef schema : List.of(ACME, GLOBEX)) {
      ForeignHistory history = only(schema);

      assertThat(history.table().label()).isEqualTo(tool.label());
      assertThat(history.place()).isEqualTo(Place.OWN);
      assertThat(history.fault()).isNull();
      assertThat(applied(history)).isEqualTo(tool.applied());
      assertThat(history.upTo()).isEqualTo(tool.applied().isEmpty() ? "2" : null);
    }
    assertThat(of(SchemaRef.PUBLIC)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(ToolHistories.class)
  void oneForAllSchemasCountsForThoseWithoutTheirOwn(ToolHistories tool) {
    database.execute(
        "CREATE SCHEMA platform;"
            + tool.in("platform")
            + ";"
            + ToolHistories.RAILS.in("tenant_globex"));

    assertThat(only(ACME).place()).isEqualTo(Place.COMMON);
    assertThat(only(ACME).table()).hasToString("platform." + tool.table().replace("\"", ""));
    assertThat(only(SchemaRef.PUBLIC).place()).isEqualTo(Place.COMMON);
    assertThat(only(GLOBEX).place()).isEqualTo(Place.OWN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FLYWAY  | tenant        | varchar(50)  | acme",
        "NAMES   | tenant_schema | text         | tenant_acme",
        "RAILS   | schema_name   | varchar(63)  | tenant_acme",
        "VERSIONS| tenant_id     | text         | acme",
      })
  void inATableForAllTenantsEachHasItsRows(
      ToolHistories tool, String column, String type, String acme) {
    database.execute(
        """
        %s;
        ALTER TABLE public.shared ADD COLUMN %s %s NOT NULL DEFAULT '%s';
        """
            .formatted(tool.as("public.shared"), column, type, acme));

    assertThat(applied(only(ACME))).isEqualTo(tool.applied());
    assertThat(only(ACME).place()).isEqualTo(Place.ROWS);
    assertThat(only(GLOBEX).tellsOfMigrations()).isFalse();
    assertThat(of(SchemaRef.PUBLIC)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GOLANG_MIGRATE | UPDATE $ SET dirty = true                    | version 2 is dirty",
        "FLYWAY         | UPDATE $ SET success = false WHERE version = '2' | 2 add email",
        "PRISMA         | UPDATE $ SET finished_at = NULL WHERE id = 'c'   | 2_add_email",
        "ATLAS          | UPDATE $ SET applied = 2, error = 'broken' WHERE version = '2'"
            + " | 2 of 3 statements done; broken",
        "LIQUIBASE      | UPDATE $ SET exectype = 'FAILED' WHERE orderexecuted = 2 | 2-add_email",
        "TERN           | INSERT INTO $ VALUES (3)                         | ",
      })
  void oneThatFailedOrIsDirtyIsSaidToBe(ToolHistories tool, String sql, @Nullable String fault) {
    database.execute(
        tool.in("tenant_acme") + ";" + sql.replace("$", "tenant_acme." + tool.table()));

    if (fault == null) {
      assertThat(of(ACME)).isEmpty();
    } else {
      assertThat(only(ACME).fault()).contains(fault);
    }
  }

  @Test
  void flywaysBaselineUndoAndRepeatablesAreReadAsFlywayDoes() {
    database.execute(
        ToolHistories.FLYWAY.in("tenant_acme")
            + """
            ; INSERT INTO tenant_acme.flyway_schema_history VALUES
              (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', 'x', NULL, 'a', now(), 0, true),
              (-1, '0.9', '<< Flyway Baseline >>', 'BASELINE', 'x', NULL, 'a', now(), 0, true),
              (3, NULL, 'views', 'SQL', 'R__views.sql', 3, 'a', now(), 0, true),
              (4, '2', 'add email', 'UNDO_SQL', 'U2__add_email.sql', 3, 'a', now(), 0, true),
              (5, '2.1', 'more', 'SQL', 'V2_1__more.sql', 3, 'a', now(), 0, true)\
            """);

    assertThat(applied(only(ACME))).containsExactly("views", "1 create users", "2.1 more");
    assertThat(only(ACME).upTo()).isEqualTo("0.9");
  }

  @Test
  void timesAreInUtcWhereTheToolKeepsAZone() {
    database.execute(
        ToolHistories.DJANGO.in("tenant_acme")
            + ";"
            + ToolHistories.FLYWAY.in("tenant_globex")
            + "; ALTER DATABASE "
            + database.name()
            + " SET TimeZone = 'Asia/Tokyo'");

    LocalDateTime first = LocalDateTime.of(2024, 1, 1, 10, 0);
    assertThat(only(ACME).applied().get(0).appliedAt()).isEqualTo(first);
    assertThat(only(GLOBEX).applied().get(0).appliedAt()).isEqualTo(first);
  }

  @Test
  void railsIsToldFromDbmateByTheTableBesideIt() {
    database.execute(
        ToolHistories.RAILS.in("tenant_acme")
            + "; CREATE TABLE tenant_acme.ar_internal_metadata (key varchar PRIMARY KEY, value"
            + " varchar, created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL)");

    assertThat(only(ACME).table().label()).isEqualTo("Rails");
  }

  @Test
  void twoHistoriesAreBothNamed() {
    database.execute(
        ToolHistories.RAILS.in("tenant_acme") + ";" + ToolHistories.FLYWAY.in("tenant_acme"));

    assertThat(of(ACME))
        .extracting(each -> each.table().tool())
        .containsExactly(ForeignTool.FLYWAY, ForeignTool.RAILS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Ours, and tables that only look like somebody's.
        "CREATE TABLE tenant_acme.schema_migrations (version bigint PRIMARY KEY, name varchar(255)"
            + " NOT NULL, applied_at timestamp NOT NULL, checksum varchar(64) NOT NULL,"
            + " execution_time_ms integer, status varchar(20), error_message text)",
        "CREATE TABLE tenant_acme.schema_migrations (version text, dirty boolean)",
        "CREATE TABLE tenant_acme.schema_migrations (dirty boolean)",
        "CREATE TABLE tenant_acme.schema_migrations (version varchar, note text)",
        "CREATE TABLE tenant_acme.versions (version varchar); INSERT INTO tenant_acme.versions"
            + " VALUES ('1.0-beta')",
        "CREATE TABLE tenant_acme.versions (version int); INSERT INTO tenant_acme.versions"
            + " VALUES (1), (2)",
        "CREATE TABLE tenant_acme.tags (id int, name text, created_at timestamp)",
        "CREATE TABLE tenant_acme.names (name text); INSERT INTO tenant_acme.names VALUES ('Ann')",
        "CREATE TABLE tenant_acme.flyway_schema_history (installed_rank int, version varchar(50))",
        "CREATE DOMAIN tenant_acme.evil AS text; CREATE TABLE tenant_acme.schema_migrations"
            + " (version tenant_acme.evil)",
      })
  void anotherTableIsNoHistory(String sql) {
    database.execute(sql);

    assertThat(of(ACME)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a view | CREATE VIEW tenant_acme.h AS SELECT tenant_acme.evil() AS version, false AS"
            + " dirty",
        "row-level security | CREATE TABLE tenant_acme.h (version bigint, dirty boolean);"
            + " INSERT INTO tenant_acme.h VALUES (1, false); ALTER TABLE tenant_acme.h ENABLE ROW"
            + " LEVEL SECURITY; CREATE POLICY p ON tenant_acme.h USING (tenant_acme.evil() > 0);"
            + " GRANT SELECT ON tenant_acme.h TO public",
        "permission denied | CREATE TABLE tenant_acme.h (version bigint, dirty boolean)",
        "partitioned | CREATE TABLE tenant_acme.h (version bigint, dirty boolean)"
            + " PARTITION BY RANGE (version)",
      })
  void whatMightRunItsOwnersCodeIsRefusedWithTheReason(String why, String sql) {
    database.execute(
        """
        CREATE TABLE public.caught (who text); GRANT ALL ON public.caught TO public;
        GRANT USAGE ON SCHEMA tenant_acme, public TO public;
        CREATE FUNCTION tenant_acme.evil() RETURNS bigint LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN 1; END $$;
        DO $$ BEGIN IF to_regrole('foreign_reader') IS NULL THEN
          CREATE ROLE foreign_reader LOGIN; END IF; END $$;
        """
            + sql);

    List<ForeignHistory> histories = of(ACME, List.of(), "foreign_reader");

    assertThat(histories).hasSize(1);
    assertThat(histories.get(0).fault()).contains(why);
    assertThat(database.column("SELECT who FROM public.caught")).isEmpty();
  }

  @Test
  void aViewOrAnEmptyTableOfFewColumnsIsNoHistory() {
    database.execute(
        """
        CREATE TABLE tenant_acme.users (id int, name text);
        CREATE VIEW tenant_acme.names AS SELECT name FROM tenant_acme.users;
        CREATE VIEW tenant_acme.log AS SELECT id, name, now() AS applied_at FROM tenant_acme.users;
        CREATE TABLE tenant_acme.tags (name text); CREATE TABLE tenant_acme.codes (version text)\
        """);

    assertThat(of(ACME)).isEmpty();
  }

  @Test
  void anEmptyTableByAToolsOwnNameIsItsHistory() {
    database.execute("CREATE TABLE tenant_acme.schema_migrations (version varchar PRIMARY KEY)");

    assertThat(only(ACME).tellsOfMigrations()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "int, 42, tenant_42, 42",
    "bigint, 42, tenant_42, 42",
    "smallint, 7, tenant_7, 7",
    "uuid, 11111111-2222-3333-4444-555555555555, tenant_11111111-2222-3333-4444-555555555555,"
        + " 11111111-2222-3333-4444-555555555555",
    "uuid, 11111111-2222-3333-4444-555555555555, tenant_11111111_2222_3333_4444_555555555555,"
        + " 11111111_2222_3333_4444_555555555555",
    "uuid, 11111111-2222-3333-4444-555555555555, tenant_11111111222233334444555555555555,"
        + " 11111111222233334444555555555555",
    "name, acme, tenant_acme, acme"
  })
  void aTenantColumnMayBeANumberOrAUuid(String type, String value, String schema, String tenant)
      throws SQLException {
    database.execute(
        """
        CREATE SCHEMA platform;
        CREATE TABLE platform.migrations (tenant_id %1$s, version varchar, applied_at timestamptz DEFAULT now());
        INSERT INTO platform.migrations VALUES ('%2$s', '20240101000000'), ('%2$s', '20240102000000')\
        """
            .formatted(type, value));
    SchemaRef one = new SchemaRef(schema, tenant);
    Properties properties = new Properties();
    properties.setProperty("user", "postgres");
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("currentSchema", "pg_catalog");

    try (Connection connection =
        DriverManager.getConnection(
            "jdbc:postgresql://%s:%d/%s"
                .formatted(database.server().host(), database.server().port(), database.name()),
            properties)) {
      List<ForeignHistory> found =
          ForeignHistories.read(
                  connection, HistoryName.STANDARD, List.of(one, GLOBEX), List.of("platform"))
              .getOrDefault(one, List.of());

      assertThat(found).hasSize(1);
      assertThat(found.get(0).place()).isEqualTo(Place.ROWS);
      assertThat(applied(found.get(0))).containsExactly("20240101000000", "20240102000000");
      try (ResultSet mark =
          connection.createStatement().executeQuery(found.get(0).fingerprintQuery(one))) {
        assertThat(mark.next()).isTrue();
        assertThat(mark.getString(1)).isEqualTo(found.get(0).fingerprint());
      }
    }
  }
}

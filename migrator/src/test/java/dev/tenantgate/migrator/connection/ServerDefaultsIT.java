package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.JavaMigration;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Migrations meet the settings of server, database and role, as psql does, wherever they run. */
class ServerDefaultsIT {

  private static final List<String> NAMES =
      List.of(
          "TimeZone",
          "DateStyle",
          "IntervalStyle",
          "extra_float_digits",
          "bytea_output",
          "lc_numeric",
          "lc_monetary",
          "statement_timeout",
          "default_table_access_method",
          "default_transaction_deferrable",
          "xmlbinary",
          "array_nulls",
          "app.region");

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  String user;
  final TimeZone before = TimeZone.getDefault();
  final List<Migrator> opened = new ArrayList<>();

  @BeforeEach
  void open() {
    TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Chatham"));
    database = TestPostgres.latest().newDatabase();
    user = "owner_of_" + database.name();
    database.execute(
        "CREATE ROLE %1$s LOGIN SUPERUSER; CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b;"
            .formatted(user));
    files = new TestChangelog(folder);
  }

  @AfterEach
  void close() {
    TimeZone.setDefault(before);
    opened.forEach(Migrator::close);
    database.close();
    database.server().execute("DROP ROLE " + user);
  }

  private Migrator migrator() {
    DatabaseSettings settings = database.settings(database.server().port(), user, null);
    Migrator migrator =
        Migrator.open(settings, files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    opened.add(migrator);
    return migrator;
  }

  private void alter(String target, String... settings) {
    for (String setting : settings) {
      database.execute(
          "ALTER %s SET %s".formatted(target.formatted(database.name(), user), setting));
    }
  }

  private static String told() {
    return """
    CREATE TABLE told AS SELECT name, current_setting(name, true) AS value
    FROM unnest(ARRAY['%s']) WITH ORDINALITY AS n (name, place) ORDER BY place;
    """
        .formatted(String.join("','", NAMES));
  }

  private List<String> told(String schema) {
    return database.column(
        "SELECT concat(name, '=', value) FROM %s.told ORDER BY name".formatted(schema));
  }

  private void alterAll() {
    alter(
        "DATABASE %1$s",
        "TimeZone = 'America/New_York'",
        "DateStyle = 'SQL, DMY'",
        "IntervalStyle = 'iso_8601'",
        "extra_float_digits = 0",
        "bytea_output = 'escape'",
        "statement_timeout = '55s'",
        "app.region = 'of the database'");
    alter("ROLE %2$s", "TimeZone = 'Asia/Kolkata'", "xmlbinary = 'hex'");
    alter("ROLE %2$s IN DATABASE %1$s", "array_nulls = off", "app.region = 'of both'");
  }

  /** Through libpq's eyes: a login that names no setting, read by the server itself. */
  private static List<String> expected() {
    return List.of(
        "DateStyle=SQL, DMY",
        "IntervalStyle=iso_8601",
        "TimeZone=Asia/Kolkata",
        "app.region=of both",
        "array_nulls=off",
        "bytea_output=escape",
        "default_table_access_method=heap",
        "default_transaction_deferrable=off",
        "extra_float_digits=0",
        "lc_monetary=C",
        "lc_numeric=C",
        "statement_timeout=55s",
        "xmlbinary=hex");
  }

  @Test
  void defaultsOfDatabaseAndRoleHoldInAnyMigration() throws SQLException {
    alterAll();
    files
        .with("tenant/00001_told.sql", told())
        .with(
            "tenant/00002_row.sql", "CREATE TABLE d (d date); INSERT INTO d VALUES ('03/04/2024')")
        .with(
            "tenant/00003_moment.sql",
            "DO $$ BEGIN END $$; CREATE TABLE m AS SELECT timestamptz '01/02/2024 00:00' AS m;")
        .with(
            "tenant/00004_text.sql",
            """
            -- tenantgate: no-transaction
            CREATE TABLE x AS SELECT date '03/04/2024'::text AS x;
            CREATE TABLE y AS SELECT current_setting('TimeZone') AS y;
            """);

    SchemaOutcome outcome =
        migrator()
            .runs()
            .migrate(files.changelog(), new SchemaRef("tenant_a", "a"), new Target.Latest());

    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(told("tenant_a")).containsExactlyElementsOf(expected());
    assertThat(database.value("SELECT to_char(d, 'YYYY-MM-DD') FROM tenant_a.d"))
        .isEqualTo("2024-04-03");
    assertThat(
            database.value(
                "SELECT to_char(m AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24') FROM tenant_a.m"))
        .isEqualTo("2024-01-31 18");
    assertThat(database.value("SELECT x FROM tenant_a.x")).isEqualTo("03/04/2024");
    assertThat(database.value("SELECT y FROM tenant_a.y")).isEqualTo("Asia/Kolkata");
  }

  @Test
  void theyHoldForFleetsNewTenantsSeedsAndTheWayBack() throws Exception {
    alterAll();
    files.with(
        "tenant/00001_told.sql",
        told()
            + "\n-- DOWN MIGRATION\n"
            + "CREATE TABLE public.way_back AS SELECT date '03/04/2024' AS day;");
    Migrator migrator = migrator();

    migrator
        .runs()
        .migrateAll(
            files.changelog(),
            new FleetScope.Only(Stream.of("a", "b").map(migrator.tenants()::schemaOf).toList()),
            new Target.Latest(),
            FleetListener.NONE);
    migrator.tenants().create(files.changelog(), "c");

    assertThat(told("tenant_a")).containsExactlyElementsOf(expected());
    assertThat(told("tenant_b")).containsExactlyElementsOf(expected());
    assertThat(told("tenant_c")).containsExactlyElementsOf(expected());

    SchemaRef schema = new SchemaRef("tenant_c", "c");
    migrator.runs().run(files.changelog(), schema, new Goal.Down(null), FleetListener.NONE);
    assertThat(database.value("SELECT to_char(day, 'YYYY-MM-DD') FROM public.way_back"))
        .isEqualTo("2024-04-03");
  }

  @Test
  void aDefaultThatIsAlteredMeanwhileHoldsForTheNextRun() throws SQLException {
    files.with("tenant/00001_told.sql", told());
    Migrator migrator = migrator();
    Target latest = new Target.Latest();
    migrator.runs().migrate(files.changelog(), new SchemaRef("tenant_a", "a"), latest);

    alter("DATABASE %1$s", "TimeZone = 'Asia/Tokyo'");
    alter("ROLE %2$s", "DateStyle = 'German'");

    AtomicInteger tries = new AtomicInteger();
    await()
        .untilAsserted(
            () -> {
              String tenant = "later" + tries.getAndIncrement();
              database.execute("CREATE SCHEMA tenant_" + tenant);
              migrator
                  .runs()
                  .migrate(files.changelog(), new SchemaRef("tenant_" + tenant, tenant), latest);
              assertThat(told("tenant_" + tenant))
                  .contains("TimeZone=Asia/Tokyo", "DateStyle=German, DMY");
            });
  }

  @Test
  void aConnectionThatWasOpenedAheadIsKnownToHaveBegunBefore() throws SQLException {
    DatabaseSettings settings = database.settings(database.server().port(), user, null);
    try (WorkerConnections connections = new WorkerConnections(settings, 1);
        Connection ahead = connections.logIn()) {
      alter("DATABASE %1$s", "TimeZone = 'Asia/Tokyo'");

      assertThat(connections.backendOf(ahead).isOutdated(ahead)).isTrue();
    }
  }

  @Test
  void migrationsInJavaMeetThemInAFormThatTheDriverReads() throws Exception {
    alterAll();
    ChangelogReading reading = ChangelogReader.read(files.settings(), List.of(new InJava()));

    SchemaOutcome outcome =
        migrator()
            .runs()
            .migrate(reading.changelog(), new SchemaRef("tenant_a", "a"), new Target.Latest());

    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(database.column("SELECT v FROM tenant_a.seen"))
        .containsExactly("2024-04-03", "2024-04-03T01:02:03", "Asia/Kolkata");
  }

  private static final class InJava implements JavaMigration {

    @Override
    public long version() {
      return 1;
    }

    @Override
    public String name() {
      return "in_java";
    }

    @Override
    public void up(Connection connection, SchemaRef schema) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE seen (v text)");
        try (ResultSet row =
            statement.executeQuery(
                "SELECT date '03/04/2024', timestamp '03/04/2024 01:02:03',"
                    + " current_setting('TimeZone')")) {
          row.next();
          String values =
              "('%s'), ('%s'), ('%s')"
                  .formatted(
                      row.getObject(1, LocalDate.class),
                      row.getObject(2, LocalDateTime.class),
                      row.getString(3));
          statement.execute("INSERT INTO seen VALUES " + values);
        }
      }
    }
  }
}

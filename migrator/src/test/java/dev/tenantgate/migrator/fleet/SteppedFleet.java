package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.verify.Drift;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The life of two tenants and {@code public} where every statement is taken by itself: created,
 * migrated, failed, gone on with, taken back. The same on CockroachDB and on a PostgreSQL that is
 * treated like one.
 */
public final class SteppedFleet {

  private static final Target LATEST = new Target.Latest();

  private final Migrator migrator;
  private final Connection connection;
  private final TestChangelog files;

  /**
   * Prepares one.
   *
   * @param migrator takes statements by themselves
   * @param connection to the same database, which has no tenant
   * @param folder for migrations
   */
  public SteppedFleet(Migrator migrator, Connection connection, Path folder) {
    this.migrator = migrator;
    this.connection = connection;
    this.files =
        new TestChangelog(folder)
            .with(
                "public/001_plans.sql",
                "CREATE TABLE plans (n INT8 PRIMARY KEY);\n-- DOWN MIGRATION\nDROP TABLE plans;")
            .with(
                "tenant/002_a.sql",
                """
                -- UP MIGRATION
                CREATE TABLE a (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), n INT8);
                INSERT INTO a (n) VALUES (1);
                ALTER TABLE a ADD COLUMN m INT8;
                CREATE INDEX a_n ON a (n);
                UPDATE a SET m = n;
                -- DOWN MIGRATION
                DROP TABLE a;
                """)
            .with(
                "tenant/003_b.sql",
                "CREATE TABLE b (n INT8 PRIMARY KEY);\n-- DOWN MIGRATION\nDROP TABLE b;");
  }

  /** All of it. */
  public void live() throws SQLException {
    createTenants();
    failAndGoOn();
    takeBackAndComeAgain();
    sayWhatCannotBeTried();
  }

  private void createTenants() throws SQLException {
    for (String tenant : List.of("globex", "initech")) {
      assertThat(migrator.tenants().create(files.changelog(), tenant))
          .isInstanceOf(TenantCreation.Created.class);
      assertThat(migrator.tenants().create(files.changelog(), tenant))
          .isInstanceOf(TenantCreation.AlreadyExists.class);
    }
    assertThat(migrator.tenants().all())
        .extracting(SchemaRef::tenant)
        .contains("globex", "initech");
    assertThat(states())
        .containsExactly(SchemaState.BEHIND, SchemaState.CURRENT, SchemaState.CURRENT);
    assertThat(up().succeeded()).isTrue();
    assertThat(states()).containsOnly(SchemaState.CURRENT);
    assertThat(value("SELECT m FROM tenant_globex.a")).isEqualTo("1");
  }

  private void failAndGoOn() throws SQLException {
    String begin = "-- UP MIGRATION\nCREATE TABLE c (n INT8);\nINSERT INTO c (n) VALUES (1);\n";
    String end = "-- DOWN MIGRATION\nDROP TABLE c;\n";
    files.with("tenant/004_c.sql", begin + "SELECT 1 / (n - 1) FROM c;\n" + end);

    assertThat(up().failures())
        .hasSize(2)
        .allSatisfy(
            failed ->
                assertThat(((SchemaOutcome.Failed) failed).error())
                    .contains("004_c.sql:4", "22012", "2 of its 3 statements are done"));
    assertThat(states())
        .containsExactly(SchemaState.CURRENT, SchemaState.FAILED, SchemaState.FAILED);
    assertThat(migrator.runs().recorded().get(0).state()).isEqualTo(RecordedRun.State.FAILED);

    files.with("tenant/004_c.sql", begin + "SELECT 1 / n FROM c;\n" + end);
    assertThat(states())
        .containsExactly(SchemaState.CURRENT, SchemaState.BEHIND, SchemaState.BEHIND);
    assertThat(up().succeeded()).isTrue();
    assertThat(states()).containsOnly(SchemaState.CURRENT);
    // The steps before the failure aren't done again.
    assertThat(value("SELECT count(*) FROM tenant_initech.c")).isEqualTo("1");
    assertThat(migrator.histories().repairRegistry()).isEmpty();
  }

  private void takeBackAndComeAgain() throws SQLException {
    assertThat(run(new Goal.Down(new Version(1))).succeeded()).isTrue();
    assertThat(states())
        .containsExactly(SchemaState.CURRENT, SchemaState.BEHIND, SchemaState.BEHIND);
    assertThat(
            migrator.histories().of(schemas()).stream()
                .map(history -> history.entries().stream().map(HistoryEntry::version).toList()))
        .containsExactly(List.of(new Version(1)), List.of(), List.of());
    assertThat(up().succeeded()).isTrue();
    assertThat(migrator.histories().registry())
        .extracting(row -> row.schema().schema() + " " + row.version() + " " + row.applied())
        .contains("public 1 1", "tenant_globex 4 3", "tenant_initech 4 3");
    assertThat(migrator.runs().leases()).isEmpty();
    assertThat(migrator.histories().repairRegistry()).isEmpty();
  }

  private void sayWhatCannotBeTried() throws SQLException {
    SchemaRef globex = migrator.tenants().schemaOf("globex");
    assertThat(migrator.checks().rehearse(files.changelog(), globex, new Goal.Down(null)).checked())
        .isFalse();
    assertThat(migrator.checks().verify(files.changelog(), List.of(globex)))
        .singleElement()
        .extracting(Drift::error)
        .asString()
        .contains("can't undo schema changes");
  }

  private List<SchemaRef> schemas() {
    return List.of(
        SchemaRef.PUBLIC,
        migrator.tenants().schemaOf("globex"),
        migrator.tenants().schemaOf("initech"));
  }

  /** Where the three stand, by whichever way of reading. */
  private List<SchemaState> states() throws SQLException {
    List<SchemaHistory> changed = new ArrayList<>();
    migrator.histories().surveyChanged(schemas(), changed::add);
    List<SchemaHistory> registered = new ArrayList<>();
    migrator.histories().surveyRegistry(schemas(), registered::add);
    List<SchemaState> states = states(migrator.histories().of(schemas()));
    assertThat(states(changed)).isEqualTo(states);
    assertThat(states(registered)).isEqualTo(states);
    return states;
  }

  private List<SchemaState> states(List<SchemaHistory> histories) {
    return histories.stream()
        .map(history -> SchemaStatus.of(history, files.changelog(), LATEST).state())
        .toList();
  }

  private FleetOutcome up() throws SQLException {
    return run(new Goal.Up(LATEST));
  }

  private FleetOutcome run(Goal goal) throws SQLException {
    return migrator
        .runs()
        .runAll(files.changelog(), new FleetScope.All(), goal, FleetListener.NONE);
  }

  private String value(String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }
}

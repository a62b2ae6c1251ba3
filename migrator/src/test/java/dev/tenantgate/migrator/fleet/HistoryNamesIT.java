package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.schema.MigrationListener;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.verify.Drift;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two migrators of one process keep their histories under different names. */
class HistoryNamesIT {

  private static final String TABLES =
      """
      SELECT n.nspname || '.' || c.relname FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname IN ('schema_migrations', 'own_history') AND c.relkind = 'r' ORDER BY 1
      """;

  @TempDir Path folder;
  private TestDatabase database;
  private TestChangelog files;
  private Migrator standard;
  private Migrator own;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder)
            .with(
                "001_a.sql",
                "-- UP MIGRATION\nCREATE TABLE a (id int);\n-- DOWN MIGRATION\nDROP TABLE a;")
            .with(
                "002_b.sql",
                "-- UP MIGRATION\nCREATE TABLE b (id int);\n-- DOWN MIGRATION\nDROP TABLE b;");
    MigrationTool named =
        new MigrationTool(
            MigrationTool.Kind.TENANTGATE,
            List.of(),
            MigrationTool.OURS.commandTimeout(),
            "own_history",
            MigrationTool.FileFormat.AUTO);
    standard =
        Migrator.open(database.settings(), files.settings(), SchemaPattern.parse("one_{tenant}"));
    own =
        Migrator.open(
            database.settings(),
            files.settings().withTool(named),
            SchemaPattern.parse("two_{tenant}"));
    for (int i = 1; i <= 3; i++) {
      database.execute("CREATE SCHEMA one_t%d; CREATE SCHEMA two_t%d".formatted(i, i));
    }
  }

  @AfterEach
  void close() {
    standard.close();
    own.close();
    database.close();
  }

  @Test
  void fleetsOfBothAreMigratedVerifiedAndTakenBack() throws Exception {
    for (Migrator each : List.of(standard, own)) {
      assertThat(runAll(each, new Goal.Up(new Target.Latest())).succeeded()).isTrue();
    }
    assertThat(database.column(TABLES))
        .containsExactly(
            "one_t1.schema_migrations",
            "one_t2.schema_migrations",
            "one_t3.schema_migrations",
            "two_t1.own_history",
            "two_t2.own_history",
            "two_t3.own_history");

    for (Migrator each : List.of(own, standard, own)) {
      List<SchemaRef> tenants = each.tenants().all();
      assertThat(each.histories().of(tenants))
          .allMatch(history -> history.entries().size() == 2)
          .extracting(SchemaHistory::unmanaged)
          .containsOnlyNulls();
      assertThat(each.checks().verify(files.changelog(), tenants)).allMatch(Drift::isNone);
      assertThat(runAll(each, new Goal.Up(new Target.Latest())).succeeded()).isTrue();
    }

    assertThat(runAll(own, new Goal.Down(null)).succeeded()).isTrue();
    assertThat(database.value("SELECT count(*) FROM two_t1.own_history")).isEqualTo("0");
    assertThat(database.value("SELECT count(*) FROM one_t1.schema_migrations")).isEqualTo("2");
  }

  @Test
  void newTenantsOfBothHaveTheirOwnHistories() throws Exception {
    for (Migrator each : List.of(standard, own, standard)) {
      String tenant = each == own ? "new" : "new" + each.tenants().all().size();
      assertThat(each.tenants().create(files.changelog(), tenant))
          .isInstanceOf(TenantCreation.Created.class);
    }
    assertThat(database.column(TABLES))
        .containsExactly(
            "one_new3.schema_migrations", "one_new4.schema_migrations", "two_new.own_history");
  }

  @Test
  void failureIsRecordedUnderTheOwnName() throws Exception {
    files.with("003_c.sql", "SELECT 1 / 0;");
    SchemaRef tenant = own.tenants().schemaOf("t1");

    own.runs()
        .run(files.changelog(), tenant, new Goal.Up(new Target.Latest()), MigrationListener.NONE);

    assertThat(database.value("SELECT count(*) FROM two_t1.own_history WHERE status = 'failed'"))
        .isEqualTo("1");
  }

  private FleetOutcome runAll(Migrator migrator, Goal goal) throws Exception {
    return migrator
        .runs()
        .runAll(files.changelog(), new FleetScope.AllTenants(), goal, FleetListener.NONE);
  }
}

package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.survey.FleetScope;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways on from a schema that is left alone, and the looks that come late. */
class UnmanagedWayOnIT extends UnmanagedFixture {

  @Test
  void aBaselineIsTheWayOn() throws SQLException {
    database.execute(BALANCES);
    files.with("003_more.sql", "ALTER TABLE accounts ADD more int;");
    changelog = files.changelog();

    SchemaOutcome baseline =
        migrator.runs().run(changelog, ACME, new Goal.Baseline(new Version(2)), FleetListener.NONE);
    SchemaOutcome up = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(baseline).isInstanceOf(SchemaOutcome.Recorded.class);
    assertThat(up)
        .isInstanceOfSatisfying(
            SchemaOutcome.Migrated.class,
            migrated -> assertThat(migrated.applied()).containsExactly(new Version(3)));
    assertThat(balance()).isEqualTo("500");
    assertThat(status(ACME).state()).isEqualTo(SchemaState.CURRENT);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theSettingMayNameABaseline(boolean fleet) throws SQLException {
    database.execute(BALANCES);
    changelog =
        files
            .with("003_more.sql", "ALTER TABLE accounts ADD more int;")
            .changelog()
            .withUnmanaged(new UnmanagedPolicy.Baseline(2));
    assertThat(status(ACME).state()).isEqualTo(SchemaState.BEHIND);
    assertThat(status(ACME).pending()).extracting(m -> m.version().number()).containsExactly(3L);

    run(fleet);

    assertThat(balance()).isEqualTo("500");
    assertThat(database.column("SELECT more::text FROM tenant_acme.accounts")).hasSize(1);
    assertThat(migrator.histories().of(ACME).entries()).hasSize(3);
    assertThat(
            database.column(
                "SELECT action || version FROM tenantgate.journal"
                    + " WHERE schema_name = 'tenant_acme' ORDER BY id"))
        .containsExactly("baseline1", "baseline2", "up3");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBaselineThatLeavesNothingPendingIsRecordedTooByThat(boolean fleet) throws SQLException {
    database.execute(BALANCES);
    changelog = changelog.withUnmanaged(new UnmanagedPolicy.Baseline(2));
    assertThat(status(ACME).state()).isEqualTo(SchemaState.BEHIND);

    run(fleet);

    assertThat(balance()).isEqualTo("500");
    assertThat(status(ACME).state()).isEqualTo(SchemaState.CURRENT);
    assertThat(migrator.histories().of(ACME).entries()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theSettingMayHaveEverythingRun(boolean fleet) throws SQLException {
    database.execute(BALANCES);
    changelog = changelog.withUnmanaged(UnmanagedPolicy.MIGRATE);

    run(fleet);

    assertThat(balance()).isEqualTo("50000");
    assertThat(status(ACME).state()).isEqualTo(SchemaState.CURRENT);
  }

  /** The table comes after the history was read, and before the migration's transaction begins. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatOthersMakeMeanwhileIsFoundByTheMigrationItself(boolean fleet) throws Exception {
    migrator.runs().migrate(changelog, schema(GLOBEX), LATEST);
    try (Connection other = database.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      // The migrator waits for its lease until the table is there.
      statement.execute("LOCK TABLE tenantgate.lease IN EXCLUSIVE MODE");
      CompletableFuture<SchemaOutcome> outcome =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return fleet
                      ? migrator
                          .runs()
                          .migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE)
                          .outcomes()
                          .stream()
                          .filter(each -> each.schema().equals(ACME))
                          .findFirst()
                          .orElseThrow()
                      : migrator.runs().migrate(changelog, ACME, LATEST);
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      awaitLeaseWaiter();
      statement.execute(BALANCES);
      other.commit();

      assertThat(outcome.get(60, TimeUnit.SECONDS)).isInstanceOf(SchemaOutcome.Unmanaged.class);
    }
    assertThat(balance()).isEqualTo("500");
    assertThat(database.value("SELECT to_regclass('tenant_acme.schema_migrations')::text"))
        .isNull();
    assertThat(migrator.runs().leases()).isEmpty();
  }

  @Test
  void atAServerWithoutTransactionalSchemaChangesItIsTheSame() throws SQLException {
    database.execute(BALANCES);
    try (Migrator stepped =
        Migrator.open(
            database.settings(), files.steppedSettings(), SchemaPattern.parse("tenant_{tenant}"))) {
      assertThat(stepped.runs().migrate(changelog, ACME, LATEST))
          .isInstanceOf(SchemaOutcome.Unmanaged.class);
      assertThat(stepped.tenants().create(changelog, "newcorp"))
          .isInstanceOf(TenantCreation.Created.class);
      assertThat(stepped.tenants().create(changelog, "acme"))
          .isInstanceOf(TenantCreation.AlreadyExists.class);
    }
    assertThat(balance()).isEqualTo("500");
  }

  @Test
  void otherWaysDontTouchItEither() throws SQLException {
    database.execute(BALANCES);
    assertThat(migrator.tenants().create(changelog, "acme"))
        .isInstanceOf(TenantCreation.AlreadyExists.class);
    assertThat(migrator.tenants().seed(changelog, ACME).error()).contains("baseline --tenant acme");
    assertThat(migrator.checks().rehearse(changelog, ACME, new Goal.Up(LATEST)).error())
        .contains("baseline --tenant acme");
    assertThat(migrator.checks().verify(changelog, List.of(ACME)).get(0).error())
        .contains("baseline --tenant acme");
    assertThat(migrator.runs().run(changelog, ACME, new Goal.Down(null), FleetListener.NONE))
        .isInstanceOf(SchemaOutcome.Unmanaged.class);
    assertThat(migrator.runs().run(changelog, ACME, new Goal.Repair(true), FleetListener.NONE))
        .isInstanceOf(SchemaOutcome.Unmanaged.class);
    assertThat(balance()).isEqualTo("500");
    assertThat(histories()).isEqualTo("0");
  }

  @Test
  void allWaysOfReadingSayTheSame() throws SQLException {
    createTenants(3);
    database.execute(BALANCES);
    migrator.runs().migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE);
    // A schema that the registry knows, dropped and made anew by hand.
    database.execute("DROP SCHEMA tenant_t1 CASCADE; CREATE SCHEMA tenant_t1");
    database.execute("CREATE TABLE tenant_t1.orders (id int)");
    List<SchemaRef> schemas = migrator.tenants().all();
    Map<String, SchemaState> read = new TreeMap<>();
    Map<String, SchemaState> changed = new TreeMap<>();

    migrator.histories().survey(schemas, history -> note(history, read));
    migrator.histories().surveyChanged(schemas, history -> note(history, changed));

    assertThat(read)
        .containsOnly(
            entry("acme", SchemaState.UNMANAGED),
            entry("t1", SchemaState.UNMANAGED),
            entry("t2", SchemaState.CURRENT),
            entry("t3", SchemaState.CURRENT));
    assertThat(changed).isEqualTo(read);
  }
}

package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.testing.TestMigrations.migration;
import static dev.tenantgate.gateway.testing.TestMigrations.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.gate.Admission.Admitted;
import dev.tenantgate.gateway.gate.Admission.Decision;
import dev.tenantgate.gateway.gate.Admission.Rejected;
import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.changelog.SeedValues;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.FreePorts;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Gate, directory, fleet and migrator together, on a real PostgreSQL. */
class GateServiceIT {

  private static final String LISTENERS =
      "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname ="
          + " current_database()";

  private static final String WAITERS =
      "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
          + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

  private static final SchemaRef GLOBEX = tenant("globex");
  private static final SchemaRef INITECH = tenant("initech");

  private static final Changelog CHANGELOG =
      TestMigrations.changelog(
          migration(1, MigrationScope.PUBLIC, "CREATE TABLE public.plans (id int)"),
          migration(2, MigrationScope.TENANT, "CREATE TABLE sites (id int)"),
          migration(
              3,
              MigrationScope.TENANT,
              "ALTER TABLE sites ADD COLUMN name text",
              "ALTER TABLE sites DROP COLUMN name"),
          migration(4, MigrationScope.TENANT, "SELECT 1 / (SELECT count(*) FROM sites) "));

  /** The same without the migration that fails where there are no sites. */
  private static final Changelog GOOD = new Changelog(CHANGELOG.migrations().subList(0, 3));

  private final Queue<SchemaRef> migrations = new ConcurrentLinkedQueue<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private TestDatabase database = TestPostgres.latest().newDatabase();

  @BeforeEach
  void tenants() {
    database.execute("CREATE SCHEMA tenant_globex");
    database.execute("CREATE SCHEMA tenant_initech");
  }

  @AfterEach
  void close() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
    database.close();
  }

  @Test
  void twoHundredConnectionsWaitForOneMigration() {
    GateService gateService = gateService(new TestSettings(), GOOD);

    List<CompletableFuture<Decision>> sessions = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sessions.add(connect(gateService, GLOBEX));
    }
    CompletableFuture.allOf(sessions.toArray(CompletableFuture<?>[]::new)).join();

    assertThat(sessions).allMatch(session -> session.join() instanceof Admitted);
    migrated(SchemaRef.PUBLIC, GLOBEX);
    assertThat(database.column("SELECT name FROM tenant_globex.sites")).isEmpty();
    assertThat(database.value("SELECT count(*) FROM tenant_globex.schema_migrations"))
        .isEqualTo("2");
    assertThat(gateService.gate().held()).isZero();
  }

  @Test
  void aFailureIsToldToThoseWhoWaitAndSticksUntilSomebodyAsks() {
    GateService gateService = gateService(new TestSettings(), CHANGELOG);

    Decision first = connect(gateService, INITECH).join();
    assertThat(((Rejected) first).refusal().sqlState()).isEqualTo("57P03");
    assertThat(((Rejected) first).refusal().detail()).contains("division by zero");
    Decision second = connect(gateService, INITECH).join();
    assertThat(((Rejected) second).refusal().detail()).contains("division by zero");
    migrated(SchemaRef.PUBLIC, INITECH);

    database.execute("INSERT INTO tenant_initech.sites VALUES (1)");
    SchemaOutcome outcome = gateService.upgrade(INITECH).toCompletableFuture().join();
    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(connect(gateService, INITECH).join()).isInstanceOf(Admitted.class);
  }

  @Test
  void anotherProcessesMigrationIsNoticed() {
    GateService gateService = gateService(new TestSettings().trigger(Trigger.MANUAL), GOOD);
    CompletableFuture<Decision> session = connect(gateService, GLOBEX);
    await().until(() -> gateService.gate().held() == 1);

    try (Migrator other = Migrator.open(settings(new TestSettings()))) {
      other.runs().migrate(GOOD, SchemaRef.PUBLIC, new Target.Latest());
      other.runs().migrate(GOOD, GLOBEX, new Target.Latest());
    }

    assertThat(session.join()).isInstanceOf(Admitted.class);
    assertThat(migrations).isEmpty();
  }

  @Test
  void aTenantThatAnotherProcessTakesBackIsHeldFromThenOn() {
    GateService gateService =
        gateService(
            new TestSettings().trigger(Trigger.MANUAL).recheckInterval(Duration.ofHours(1)), GOOD);
    gateService.start();
    await().until(() -> database.column(LISTENERS).size() == 1);
    try (Migrator other = Migrator.open(settings(new TestSettings()))) {
      other.runs().migrate(GOOD, SchemaRef.PUBLIC, new Target.Latest());
      other.runs().migrate(GOOD, GLOBEX, new Target.Latest());
      assertThat(connect(gateService, GLOBEX).join()).isInstanceOf(Admitted.class);

      other.runs().run(GOOD, GLOBEX, new Goal.Down(new Version(2)), FleetListener.NONE);
      await().until(() -> !connect(gateService, GLOBEX).isDone());

      other.runs().migrate(GOOD, GLOBEX, new Target.Latest());
      await().until(() -> gateService.gate().held() == 0);
    }
  }

  @Test
  void eagerUpgradesEverythingAtTheStart() {
    GateService gateService = gateService(new TestSettings().trigger(Trigger.EAGER), GOOD);
    gateService.start();

    await()
        .untilAsserted(
            () ->
                assertThat(gateService.fleet().view().counts())
                    .containsEntry(SchemaState.CURRENT, 2)
                    .containsEntry(SchemaState.BEHIND, 0));
    migrated(SchemaRef.PUBLIC, GLOBEX, INITECH);
  }

  /** Nobody connects, nobody asks: what the gateway began by itself it ends by itself. */
  @Test
  void eagerTriesAgainWhatTheDatabaseCutShort() throws Exception {
    Changelog waiting =
        TestMigrations.changelog(
            migration(1, MigrationScope.TENANT, "SELECT pg_advisory_xact_lock(42)"));
    try (Connection blocker = database.connect();
        Statement statement = blocker.createStatement()) {
      statement.execute("SELECT pg_advisory_lock(42)");
      GateService gateService =
          gateService(
              new TestSettings().trigger(Trigger.EAGER).recheckInterval(Duration.ofMillis(200)),
              waiting);
      gateService.start();
      await().until(() -> database.column(WAITERS).size() == 2);

      database.column(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'tenantgate-migrator' AND datname = current_database()");
      statement.execute("SELECT pg_advisory_unlock(42)");

      await()
          // There is no history before it is migrated.
          .ignoreExceptionsInstanceOf(IllegalStateException.class)
          .untilAsserted(
              () ->
                  assertThat(
                          database.column(
                              "SELECT version FROM tenant_globex.schema_migrations UNION ALL"
                                  + " SELECT version FROM tenant_initech.schema_migrations"))
                      .hasSize(2));
    }
  }

  @Test
  void aTenantIsCreatedWholeAndAdmittedAtOnce() {
    GateService gateService = gateService(new TestSettings(), GOOD);

    assertThat(gateService.createTenant("newcorp", SeedValues.NONE))
        .isInstanceOf(TenantCreation.Created.class);
    assertThat(gateService.createTenant("newcorp", SeedValues.NONE))
        .isInstanceOf(TenantCreation.AlreadyExists.class);

    assertThat(connect(gateService, tenant("newcorp")).join()).isInstanceOf(Admitted.class);
    migrated(SchemaRef.PUBLIC);
  }

  @Test
  void noSuchTenant() {
    GateService gateService = gateService(new TestSettings(), new Changelog(List.of()));

    Decision decision = connect(gateService, tenant("nobody")).join();

    assertThat(((Rejected) decision).refusal().sqlState()).isEqualTo("3F000");
  }

  @Test
  void aDatabaseThatIsntThereIsNamed() {
    int nobody = FreePorts.next();
    TestSettings settings = new TestSettings().port(nobody).holdTimeout(Duration.ofMillis(500));
    GateService gateService = gateService(settings, GOOD);

    Rejected rejected = (Rejected) connect(gateService, GLOBEX).join();

    assertThat(rejected.refusal().sqlState()).isEqualTo("08006");
    assertThat(rejected.refusal().message()).contains(":" + nobody);
  }

  private Settings settings(TestSettings settings) {
    return settings.databaseOf(database.settings()).build();
  }

  private GateService gateService(TestSettings changes, Changelog changelog) {
    Settings settings = settings(changes);
    Migrator migrator = Migrator.open(settings);
    open.add(migrator);
    GateService gateService =
        new GateService(
            settings,
            changelog,
            migrator,
            new GateEvents() {
              @Override
              public void migrationEnded(
                  SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {
                if (!(outcome instanceof SchemaOutcome.UpToDate)) {
                  migrations.add(schema);
                }
              }
            });
    open.add(gateService);
    return gateService;
  }

  /**
   * Waits until just these are told to have been migrated, in any order: sessions go on with a
   * commit, and the end of each migration is told behind its own, on a thread of its own.
   */
  private void migrated(SchemaRef... schemas) {
    await().untilAsserted(() -> assertThat(migrations).containsExactlyInAnyOrder(schemas));
  }

  private static CompletableFuture<Decision> connect(GateService gateService, SchemaRef tenant) {
    CompletableFuture<Decision> decision = new CompletableFuture<>();
    TenantRoute.Routed route =
        new TenantRoute.Routed(
            List.of(GatedSchema.of(SchemaRef.PUBLIC), GatedSchema.of(tenant)), tenant, null);
    Admission admission =
        gateService
            .gate()
            .admit(
                new AdmissionRequest(route, Requirement.NONE, Runnable::run), decision::complete);
    if (admission instanceof Decision at) {
      decision.complete(at);
    }
    return decision.orTimeout(60, TimeUnit.SECONDS);
  }
}

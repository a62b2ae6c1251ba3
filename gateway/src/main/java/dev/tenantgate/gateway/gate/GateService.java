package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.gateway.drain.HeartbeatLease;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.gate.FleetUpgrade.Which;
import dev.tenantgate.gateway.tenant.Fleet;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.SeedValues;
import dev.tenantgate.migrator.drain.Membership;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.schema.MigrationListener;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate with all that it needs to run: directory, fleet, upgrades, their threads and their
 * timer. Works as soon as it is made; {@link #start} sets off what happens by itself. The migrator
 * is the caller's, and is closed after this. Thread-safe.
 */
public final class GateService implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(GateService.class);

  /** How often the registry is compared with the histories. */
  private static final Duration RECONCILIATION = Duration.ofMinutes(10);

  private final Migrator migrator;
  private final ExecutorService readers = threads(2, "tenantgate-directory");
  private final ExecutorService surveyor = threads(1, "tenantgate-fleet");
  private final ExecutorService rollouts =
      Executors.newCachedThreadPool(Threads.named("tenantgate-rollout"));
  private final HoldTimer timer = HoldTimer.startThread();
  private final UpgradeWorkers workers;
  private final TenantDirectory directory;
  private final Fleet fleet;
  private final Drains drains;
  private final UpgradeService upgrades;
  private final Rollbacks rollbacks;
  private final Gate gate;
  private final NewTenants newTenants;
  private final Rollouts upgradesOfAll;
  private final EagerUpgrades eager;
  private final FleetLog fleetLog = new FleetLog();
  private volatile Settings settings;
  private volatile Changelog changelog;
  private volatile @Nullable Membership membership;
  private volatile boolean closed;

  /** Makes everything; connects to nothing yet. */
  public GateService(
      Settings settings, Changelog changelog, Migrator migrator, GateEvents listener) {
    this.settings = settings;
    this.changelog = changelog;
    this.migrator = migrator;
    this.workers = new UpgradeWorkers(settings.migrations().workers());
    MigratorSource source = new MigratorSource(migrator);
    this.fleet =
        new Fleet(
            source,
            changelog,
            target(settings),
            surveyor,
            System::nanoTime,
            listener::stateChanged);
    this.directory =
        new TenantDirectory(
            source, readers, System::nanoTime, settings.gate().recheckInterval(), fleet::read);
    GateEvents events = GateEvents.all(List.of(new FleetEvents(fleet), listener));
    this.drains =
        new Drains(
            new OpenSessions(),
            (delay, task) -> timer.after(delay, task)::cancel,
            new HeartbeatLease(System::nanoTime),
            migrator.tenants()::named);
    MigrationListener retries = new MigrationEvents(listener, history -> {});
    this.upgrades =
        new UpgradeService(
            (log, schema, target, committed) ->
                migrator
                    .runs()
                    .migrate(log, schema, target, new MigrationEvents(listener, committed)),
            directory,
            drains,
            workers,
            System::nanoTime,
            events);
    this.gate =
        new Gate(settings, changelog, directory, upgrades, timer, System::nanoTime, drains, events);
    this.rollbacks =
        new Rollbacks(
            (log, schema, goal) -> migrator.runs().run(log, schema, goal, retries),
            upgrades,
            rollouts,
            System::nanoTime,
            events,
            gate::changedElsewhere);
    this.upgradesOfAll = new Rollouts(rollouts, drains, listener);
    this.newTenants = new NewTenants(migrator, upgrades, directory);
    this.eager =
        new EagerUpgrades(
            fleet,
            timer,
            this::settings,
            () ->
                upgradeAll(Which.BEHIND, Resumption.NONE, new FleetUpgrade.Observer() {})
                    .outcome());
  }

  /**
   * Takes the gateway's place among those on the database; to be called before sessions come.
   * Returns at once: until contact is made, transactions are held.
   */
  public void join() {
    Membership joining = migrator.gateways().join(settings.gate().leaseTimeout(), drains);
    drains.answerTo(new MembershipAnswers(joining));
    drains.sessions().backends().listen(joining::list);
    membership = joining;
    joining.start();
  }

  /** Sets off the first survey, the regular ones, and the eager upgrades. */
  public void start() {
    migrator
        .gateways()
        .follow(new ChangesElsewhere(gate, directory, drains, this::changelog, this::look));
    refreshLater();
    reconcileLater();
    eager.begin();
    var unused = fleet.survey().thenAccept(this::logFleet);
    surveyLater();
    rollouts.execute(() -> AccountLog.look(migrator, settings.database().user()));
  }

  public Gate gate() {
    return gate;
  }

  /** Drains, and the lease by which transactions may begin. */
  public Drains drains() {
    return drains;
  }

  /** The sessions that are open, for drains and for who asks. */
  public OpenSessions sessions() {
    return drains.sessions();
  }

  public Fleet fleet() {
    return fleet;
  }

  public TenantDirectory directory() {
    return directory;
  }

  /** The changelog in force. */
  public Changelog changelog() {
    return changelog;
  }

  /** The settings in force. */
  public Settings settings() {
    return settings;
  }

  /** How many schemas may be migrated at once, whatever settings come. */
  public int mostWorkers() {
    return workers.most();
  }

  /** How far schemas are to be brought: {@code gate.required}. */
  public Target target() {
    return target(settings);
  }

  /** Upgrades {@code public} and one tenant, as an operator asks for it. */
  public CompletionStage<SchemaOutcome> upgrade(SchemaRef tenant) {
    return upgrades.upgradeTenant(changelog, tenant, target(), UpgradePriority.ASKED);
  }

  /** Takes migrations of one schema back, as an operator asks for it; never fails. */
  public CompletionStage<SchemaOutcome> rollBack(SchemaRef tenant, Goal.Down goal) {
    return rollbacks.begin(changelog, tenant, goal);
  }

  /**
   * Upgrades what lags, in stages where the settings say so.
   *
   * @param resumption whether an unfinished run is gone on with
   */
  public Rollout upgradeAll(Which which, Resumption resumption, FleetUpgrade.Observer observer) {
    FleetUpgrade upgrade =
        new FleetUpgrade(
            migrator,
            upgrades,
            changelog,
            target(),
            settings.migrations().rollout(),
            which,
            resumption);
    return upgradesOfAll.begin(upgrade, observer);
  }

  /**
   * Creates a tenant, after {@code public} is as it has to be: a tenant's migrations may build on
   * it. Blocks.
   *
   * @param values what seed data may ask for
   */
  public TenantCreation createTenant(String tenant, SeedValues values) {
    return newTenants.create(changelog, target(), tenant, values);
  }

  /** The migrator behind it. */
  public Migrator migrator() {
    return migrator;
  }

  /** Swaps settings and changelog whole; those who are held are judged by the new ones. */
  public void reconfigure(Settings newSettings, Changelog newChangelog) {
    settings = newSettings;
    changelog = newChangelog;
    workers.resize(newSettings.migrations().workers());
    migrator.reconfigure(newSettings.migrations());
    fleet.reconfigure(newChangelog, target(newSettings));
    var unused = fleet.surveyAnew().thenAccept(this::logFleet);
    gate.reconfigure(newSettings, newChangelog);
    eager.begin();
  }

  /** All that is known of schemas may be of another server: it is read anew. */
  public void databaseChanged() {
    directory.refreshAll();
    look();
    var unused = fleet.survey();
  }

  /** Rejects all who are held; running migrations are cut short with the migrator's end. */
  @Override
  public void close() {
    closed = true;
    eager.close();
    rollouts.shutdownNow();
    gate.close();
    Membership joined = membership;
    if (joined != null) {
      joined.close();
    }
    upgrades.close();
    directory.close();
    timer.close();
    workers.close();
    readers.shutdownNow();
    surveyor.shutdownNow();
  }

  private void surveyLater() {
    timer.after(
        fleet.pause(settings.gate().recheckInterval()),
        () ->
            fleet
                .lookAgain(settings.gate().recheckInterval())
                .whenComplete(
                    (view, error) -> {
                      if (view != null) {
                        logFleet(view);
                      }
                      surveyLater();
                    }));
  }

  private void logFleet(FleetView view) {
    fleetLog.look(view, changelog, settings.tenants().schema());
  }

  /** Puts the registry right from time to time, for those who read that alone. */
  private void reconcileLater() {
    timer.after(
        RECONCILIATION,
        () -> {
          try {
            rollouts.execute(this::reconcile);
          } catch (RejectedExecutionException e) {
            log.debug("the registry isn't compared any more: the gateway is shutting down");
          }
        });
  }

  private void reconcile() {
    try {
      if (!drains.isReadOnly()) {
        migrator.histories().repairRegistry();
      }
    } catch (SQLException e) {
      if (!closed) {
        log.warn("the registry can't be compared with the histories: {}", e.getMessage());
      }
    }
    reconcileLater();
  }

  private void refreshLater() {
    timer.after(
        settings.gate().recheckInterval().dividedBy(2),
        () -> {
          directory.refreshStale();
          refreshLater();
        });
  }

  private static Target target(Settings settings) {
    return GateRules.target(settings);
  }

  private static ExecutorService threads(int number, String name) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            number, number, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Threads.named(name));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  private void look() {
    Membership joined = membership;
    if (joined != null) {
      joined.look();
    }
  }
}

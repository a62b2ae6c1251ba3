package dev.tenantgate.migrator.run;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.TenantGrant;
import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.announce.ChangeFeed;
import dev.tenantgate.migrator.announce.ChangeListener;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SeedValueException;
import dev.tenantgate.migrator.changelog.SeedValues;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.drain.Drainer;
import dev.tenantgate.migrator.drain.Membership;
import dev.tenantgate.migrator.drain.MembershipListener;
import dev.tenantgate.migrator.history.Adoption;
import dev.tenantgate.migrator.history.Adoptions;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.history.JournalEntry;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.RegistryRepair.Repaired;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.RunLog;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The migrator on PostgreSQL. Thread-safe. */
public final class PostgresMigrator implements Migrator {

  /** Besides one for each worker: for reading while all of those are busy. */
  private static final int READERS = 3;

  /** The leases' heartbeat has a connection of its own, the change feed, and the membership. */
  private static final int OUTSIDE = 3;

  /** An answer that takes longer means that the connection for announcements is broken. */
  private static final Duration FEED_TIMEOUT = Duration.ofSeconds(30);

  private final SchemaPattern pattern;
  private final SchemaGrants grants;
  private final int workerCount;
  private final WorkerConnections connections;
  private final Leases leases;

  /** Tells this migrator from all others, in announcements. */
  private final String instance = UUID.randomUUID().toString();

  private final Announcer announcer;
  private final Drainer drainer;
  private final Set<Membership> memberships = ConcurrentHashMap.newKeySet();
  private final Set<ChangeFeed> feeds = ConcurrentHashMap.newKeySet();
  private final ExecutorService workers;
  private final ScheduledExecutorService clock;
  private final LockWatch lockWatch;
  private final NonTransactionalPhase ownPhase;
  private final MigrationContext context;
  private final FleetReader reader;
  private final RegistryReader registry;
  private final RunRegister register = new RunRegister();

  /** Makes a migrator that connects when it is first asked for something. */
  public PostgresMigrator(
      DatabaseSettings database,
      MigrationSettings migrations,
      SchemaPattern pattern,
      List<TenantGrant> grants) {
    HistoryName.use(migrations.ownHistoryTable());
    this.pattern = pattern;
    this.grants = new SchemaGrants(grants);
    int pooled = Math.max(2, database.maxConnections() - OUTSIDE);
    this.workerCount = Math.max(1, Math.min(migrations.workers(), pooled - 1));
    int inOwnPhase = migrations.execution().concurrentWorkers();
    this.connections =
        new WorkerConnections(database, Math.min(pooled, workerCount + inOwnPhase + READERS));
    this.leases = new Leases(connections, migrations.leaseTimeout());
    this.announcer = new Announcer(instance, connections::borrow);
    this.drainer =
        new Drainer(
            migrations.drain(),
            connections::borrow,
            announcer,
            () -> memberships.forEach(Membership::look));
    this.workers = Executors.newFixedThreadPool(workerCount, threads("tenantgate-migrator-"));
    this.clock = Executors.newSingleThreadScheduledExecutor(threads("tenantgate-migrator-clock-"));
    this.lockWatch = new LockWatch(connections, drainer.orphans());
    this.ownPhase =
        new NonTransactionalPhase(
            Math.max(1, Math.min(inOwnPhase, pooled - 1)), threads("tenantgate-migrator-alone-"));
    this.context =
        new MigrationContext(
            migrations,
            connections,
            new SchemaBackup(database, migrations.backup(), Clock.systemUTC()),
            leases,
            RetryPolicy.standard(migrations.leaseTimeout()),
            workers,
            clock,
            lockWatch,
            ownPhase,
            announcer,
            drainer);
    this.reader = new FleetReader(context, pattern, Math.min(workerCount, READERS));
    this.registry = new RegistryReader(context, reader);
    context.readExternallyBy(new ExternalReader(context, reader::others));
  }

  private static ThreadFactory threads(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  @Override
  public void checkReachable() throws SQLException {
    try (Connection connection = connections.borrow();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1");
    } catch (SQLException e) {
      SqlFailure failure = SqlFailure.of(e);
      SQLException telling = new SQLException(SqlErrors.describe(e), failure.sqlState());
      telling.addSuppressed(e);
      throw telling;
    }
  }

  @Override
  public List<String> excessRights() throws SQLException {
    try (Connection connection = connections.borrow()) {
      return AccountRights.excess(connection);
    }
  }

  @Override
  public List<String> missingRights() throws SQLException {
    List<String> schemas = tenants().stream().map(SchemaRef::schema).toList();
    MigrationSettings settings = context.settings();
    MissingRights.Needs needs =
        new MissingRights.Needs(
            settings.tool().isExternal(),
            settings.execution().role() == ExecutionSettings.Role.OWNER,
            settings.ownHistoryTable());
    try (Connection connection = connections.borrow()) {
      return MissingRights.of(connection, schemas, reader.others(), needs);
    }
  }

  @Override
  public void reconfigure(MigrationSettings migrations) {
    context.reconfigure(migrations);
  }

  @Override
  public SchemaRef schemaOf(String tenant) {
    return new SchemaRef(pattern.schemaOf(tenant), tenant);
  }

  @Override
  public List<SchemaRef> tenants() throws SQLException {
    return reader.tenants();
  }

  @Override
  public List<String> otherSchemas() throws SQLException {
    return reader.others();
  }

  @Override
  public SchemaHistory history(SchemaRef schema) throws SQLException {
    return histories(List.of(schema)).get(0);
  }

  @Override
  public List<SchemaHistory> histories(Collection<SchemaRef> schemas) throws SQLException {
    return reader.histories(schemas);
  }

  @Override
  public void survey(Collection<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException {
    reader.survey(List.copyOf(schemas), consumer);
  }

  @Override
  public void surveyChanged(Collection<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException {
    registry.surveyChanged(List.copyOf(schemas), registry.rows(), registry.marks(), consumer);
  }

  @Override
  public List<RegistryRow> registry() throws SQLException {
    return registry.rows();
  }

  @Override
  public void surveyRegistry(Collection<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException {
    registry.survey(List.copyOf(schemas), consumer);
  }

  @Override
  public List<Repaired> repairRegistry() throws SQLException {
    List<Repaired> repaired = registry.repair();
    try (Connection connection = connections.borrow()) {
      if (Registry.exists(connection)) {
        drainer.orphans().tidy(connection);
      }
    }
    return repaired;
  }

  @Override
  public List<MigrationLease> leases() throws SQLException {
    try (Connection connection = connections.borrow()) {
      return LeaseRows.live(
          connection, schema -> schemaNamed(schema).orElseGet(() -> new SchemaRef(schema, schema)));
    }
  }

  @Override
  public SchemaOutcome run(
      Changelog changelog, SchemaRef schema, Goal goal, MigrationListener listener) {
    SchemaRun run = SchemaRun.alone(context, changelog, schema, goal, listener);
    register.add(run);
    run.start();
    return await(run.result(), run::cancel);
  }

  @Override
  public FleetOutcome runAll(FleetRequest request, MigrationListener listener) throws SQLException {
    FleetRequest resolved = request.with(context.templates().resolved(request.changelog()));
    return new FleetRun(context, register, reader, registry, resolved, listener, workerCount).run();
  }

  @Override
  public List<RecordedRun> runs() throws SQLException {
    try (Connection connection = connections.borrow()) {
      return RunLog.read(connection);
    }
  }

  @Override
  public boolean discardRun(long run) throws SQLException {
    try (Connection connection = connections.borrow()) {
      return RunLog.discard(connection, run, context.by());
    }
  }

  @Override
  public List<Adoption> adoptions() throws SQLException {
    try (Connection connection = connections.borrow()) {
      return Adoptions.read(connection);
    }
  }

  @Override
  public List<String> retireAdopted(Changelog changelog) throws SQLException {
    return new AdoptedTables(context, reader).retire(changelog);
  }

  @Override
  public List<SchemaRef> schemas(FleetScope scope) throws SQLException {
    return reader.schemas(scope);
  }

  @Override
  public Rehearsal rehearse(Changelog changelog, SchemaRef schema, Goal goal) throws SQLException {
    return new SchemaRehearsal(context)
        .rehearse(context.templates().resolved(changelog), schema, goal);
  }

  @Override
  public void rehearseAll(
      Changelog changelog, Collection<SchemaRef> schemas, Goal goal, Consumer<Rehearsal> consumer)
      throws SQLException {
    SchemaRehearsal rehearsal = new SchemaRehearsal(context);
    Changelog resolved = context.templates().resolved(changelog);
    new OrderedWork(workers, workerCount)
        .each(schemas, schema -> rehearsal.rehearse(resolved, schema, goal), consumer);
  }

  @Override
  public List<Drift> verify(Changelog changelog, Collection<SchemaRef> schemas)
      throws SQLException {
    return new DriftCheck(context, changelog).check(schemas);
  }

  @Override
  public Optional<Drift> verifyCheckpoint(Changelog changelog) throws SQLException {
    return new CheckpointCheck(context).check(changelog);
  }

  @Override
  public String makeCheckpoint(Changelog changelog, Version version)
      throws SQLException, CheckpointNotMadeException {
    return new CheckpointCheck(context).dump(changelog, version);
  }

  @Override
  public List<ChangelogProblem> checkSyntax(Collection<Migration> migrations) throws SQLException {
    try (Connection connection = connections.borrow()) {
      return ServerSyntax.check(connection, List.copyOf(migrations));
    }
  }

  @Override
  public List<JournalEntry> journal(@Nullable SchemaRef schema) throws SQLException {
    try (Connection connection = connections.borrow()) {
      return Journal.read(connection, schema);
    }
  }

  @Override
  public TenantCreation createTenant(Changelog changelog, String tenant, SeedValues values) {
    return create(changelog, tenant, values, false);
  }

  @Override
  public TenantCreation rehearseCreation(Changelog changelog, String tenant, SeedValues values) {
    return create(changelog, tenant, values, true);
  }

  private TenantCreation create(
      Changelog changelog, String tenant, SeedValues values, boolean rehearsal) {
    String objection = TenantName.objection(tenant, pattern);
    if (objection != null) {
      return new TenantCreation.InvalidName(tenant, objection);
    }
    SchemaRef schema = schemaOf(tenant);
    try {
      return create(changelog, schema, values, rehearsal);
    } catch (SeedValueException e) {
      return new TenantCreation.Incomplete(schema, String.valueOf(e.getMessage()));
    }
  }

  private TenantCreation create(
      Changelog changelog, SchemaRef schema, SeedValues values, boolean rehearsal)
      throws SeedValueException {
    Changelog seeded = changelog.seededFor(schema, values);
    ExecutionStrategy strategy;
    try (Connection connection = connections.borrow()) {
      strategy = context.strategy(connection);
      seeded = context.templates().resolved(seeded);
    } catch (SQLException e) {
      return new TenantCreation.Unreachable(schema, SqlFailure.of(e).text());
    }
    return strategy.hasTransactionalDdl() && !context.isExternal()
        ? new TenantCreator(context, grants).create(seeded, schema, rehearsal)
        : new SteppedTenantCreator(
                context,
                made -> migrate(changelog, made, new Target.Latest()),
                List.of(this::grant, made -> seed(changelog, made, values)))
            .create(schema, rehearsal);
  }

  @Override
  public Seeding seed(Changelog changelog, SchemaRef schema, SeedValues values) {
    return seed(changelog, schema, values, false);
  }

  private Seeding seed(
      Changelog changelog, SchemaRef schema, SeedValues values, boolean rehearsal) {
    return new TenantSeeder(context, grants, rehearsal).seed(changelog, schema, values);
  }

  @Override
  public Seeding grant(SchemaRef schema) {
    return new TenantSeeder(context, grants, false).grant(schema);
  }

  @Override
  public Seeding rehearseSeed(Changelog changelog, SchemaRef schema, SeedValues values) {
    return seed(changelog, schema, values, true);
  }

  @Override
  public Seeding rehearseGrant(SchemaRef schema) {
    return new TenantSeeder(context, grants, true).grant(schema);
  }

  @Override
  public ChangeFeed follow(ChangeListener listener) {
    ChangeFeed feed =
        ChangeFeed.start(
            instance, () -> connections.openOwn(FEED_TIMEOUT), this::schemaNamed, listener);
    feeds.add(feed);
    return feed;
  }

  @Override
  public Optional<SchemaRef> schemaNamed(String name) {
    return name.equals(SchemaRef.PUBLIC.schema())
        ? Optional.of(SchemaRef.PUBLIC)
        : reader.refOf(name);
  }

  @Override
  public Membership join(Duration lease, MembershipListener listener) {
    // Nothing is to be waited for longer than the lease: it would run out unnoticed.
    Duration patience = Duration.ofSeconds(Math.max(1, lease.toSeconds() / 2));
    Membership membership =
        new Membership(
            leases.holder(),
            ProcessName.hostName(),
            lease,
            () -> connections.open(patience),
            connections::processes,
            listener,
            drainer::look);
    memberships.add(membership);
    return membership;
  }

  @Override
  public boolean cancel(SchemaRef schema) {
    return register.cancel(schema);
  }

  /**
   * Waits for a result; an interrupt cancels what is waited for, and the end of that is awaited.
   */
  private static <T> T await(CompletableFuture<T> result, Runnable cancel) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
          cancel.run();
        } catch (ExecutionException | CancellationException e) {
          throw new IllegalStateException("a run's result never fails", e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    clock.shutdown();
    register.cancelAll();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(10, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
      ownPhase.close(10_000);
    } catch (InterruptedException e) {
      workers.shutdownNow();
      Thread.currentThread().interrupt();
    }
    register.awaitFleets(Duration.ofSeconds(10));
    clock.shutdownNow();
    lockWatch.close();
    leases.close();
    drainer.close();
    memberships.forEach(Membership::close);
    feeds.forEach(ChangeFeed::close);
    announcer.close();
    connections.close();
  }
}

package dev.tenantgate.migrator.run;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.announce.ChangeFeed;
import dev.tenantgate.migrator.announce.ChangeListener;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.HistoryReader;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.history.JournalEntry;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
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
import org.jspecify.annotations.Nullable;

/** The migrator on PostgreSQL. Thread-safe. */
public final class PostgresMigrator implements Migrator {

  /** Besides one for each worker: for reading while all of those are busy. */
  private static final int READERS = 3;

  /** How many histories are held in memory at once while a fleet is looked through. */
  private static final int HISTORIES_AT_ONCE = 1_000;

  /** An answer that takes longer means that the connection for announcements is broken. */
  private static final Duration FEED_TIMEOUT = Duration.ofSeconds(30);

  private final SchemaPattern pattern;
  private final int workerCount;
  private final WorkerConnections connections;
  private final Leases leases;

  /** Tells this migrator from all others, in announcements. */
  private final String instance = UUID.randomUUID().toString();

  private final Announcer announcer;
  private final Set<ChangeFeed> feeds = ConcurrentHashMap.newKeySet();
  private final ExecutorService workers;
  private final ScheduledExecutorService clock;
  private final MigrationContext context;
  private final RunRegister register = new RunRegister();

  /** Makes a migrator that connects when it is first asked for something. */
  public PostgresMigrator(
      DatabaseSettings database, MigrationSettings migrations, SchemaPattern pattern) {
    this.pattern = pattern;
    // The heartbeat has a connection of its own, and so has the change feed.
    int pooled = Math.max(2, database.maxConnections() - 2);
    this.workerCount = Math.max(1, Math.min(migrations.workers(), pooled - 1));
    this.connections = new WorkerConnections(database, Math.min(pooled, workerCount + READERS));
    this.leases = new Leases(connections, migrations.leaseTimeout());
    this.announcer = new Announcer(instance, connections::borrow);
    this.workers = Executors.newFixedThreadPool(workerCount, threads("tenantgate-migrator-"));
    this.clock = Executors.newSingleThreadScheduledExecutor(threads("tenantgate-migrator-clock-"));
    this.context =
        new MigrationContext(
            migrations,
            connections,
            leases,
            RetryPolicy.standard(migrations.leaseTimeout()),
            workers,
            clock,
            announcer);
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
      SQLException telling = new SQLException(failure.text(), failure.sqlState());
      telling.addSuppressed(e);
      throw telling;
    }
  }

  @Override
  public SchemaRef schemaOf(String tenant) {
    return new SchemaRef(pattern.schemaOf(tenant), tenant);
  }

  @Override
  public List<SchemaRef> tenants() throws SQLException {
    List<SchemaRef> tenants = new ArrayList<>();
    try (Connection connection = connections.borrow();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT nspname FROM pg_catalog.pg_namespace ORDER BY nspname")) {
      while (rows.next()) {
        refOf(rows.getString(1)).ifPresent(tenants::add);
      }
    }
    return tenants;
  }

  private Optional<SchemaRef> refOf(String schema) {
    return TenantName.isReserved(schema)
        ? Optional.empty()
        : pattern.tenantOf(schema).map(tenant -> new SchemaRef(schema, tenant));
  }

  @Override
  public SchemaHistory history(SchemaRef schema) throws SQLException {
    return histories(List.of(schema)).get(0);
  }

  @Override
  public List<SchemaHistory> histories(Collection<SchemaRef> schemas) throws SQLException {
    if (schemas.isEmpty()) {
      return List.of();
    }
    try (Connection connection = connections.borrow()) {
      List<SchemaHistory> histories = HistoryReader.read(connection, schemas);
      connections.touched(connection, schemas.size());
      return histories;
    }
  }

  @Override
  public List<RegistryRow> registry() throws SQLException {
    try (Connection connection = connections.borrow()) {
      return Registry.read(connection);
    }
  }

  @Override
  public List<MigrationLease> leases() throws SQLException {
    try (Connection connection = connections.borrow()) {
      return Leases.live(
          connection,
          schema ->
              schema.equals(SchemaRef.PUBLIC.schema())
                  ? SchemaRef.PUBLIC
                  : refOf(schema).orElseGet(() -> new SchemaRef(schema, schema)));
    }
  }

  @Override
  public SchemaOutcome run(
      Changelog changelog, SchemaRef schema, Goal goal, MigrationListener listener) {
    SchemaRun run =
        new SchemaRun(context, changelog, schema, goal, listener, HistorySighting.NONE, () -> {});
    register.add(run);
    run.start();
    return await(run.result(), run::cancel);
  }

  @Override
  public FleetOutcome runAll(
      Changelog changelog, FleetScope scope, Goal goal, MigrationListener listener)
      throws SQLException {
    List<SchemaRef> schemas = new ArrayList<>(schemas(scope));
    new CarefulListener(listener).fleetStarted(schemas.size());
    FleetRun run = new FleetRun(context, register, changelog, goal, listener, schemas.size());
    boolean withPublic = schemas.remove(SchemaRef.PUBLIC);
    if (withPublic && goal.beginsWithPublic() && !runPublic(run, changelog, goal, listener)) {
      return run.outcome(schemas);
    }
    List<FleetRun.Waiting> behind = finishUpToDate(run, changelog, goal, schemas);
    FleetOutcome outcome = await(run.run(behind, workerCount), run::cancel);
    if (!withPublic || goal.beginsWithPublic()) {
      return outcome;
    }
    if (!outcome.succeeded()) {
      List<SchemaRef> skipped = new ArrayList<>(outcome.skipped());
      skipped.add(SchemaRef.PUBLIC);
      return run.outcome(skipped);
    }
    runPublic(run, changelog, goal, listener);
    return run.outcome(List.of());
  }

  private boolean runPublic(
      FleetRun run, Changelog changelog, Goal goal, MigrationListener listener) {
    SchemaOutcome outcome = run(changelog, SchemaRef.PUBLIC, goal, listener);
    run.ended(outcome);
    return outcome.succeeded();
  }

  @Override
  public List<SchemaRef> schemas(FleetScope scope) throws SQLException {
    if (scope instanceof FleetScope.Only only) {
      return only.schemas().stream().distinct().toList();
    }
    List<SchemaRef> schemas = new ArrayList<>();
    if (scope instanceof FleetScope.All) {
      schemas.add(SchemaRef.PUBLIC);
    }
    schemas.addAll(tenants());
    return schemas;
  }

  @Override
  public Rehearsal rehearse(Changelog changelog, SchemaRef schema, Goal goal) throws SQLException {
    return new SchemaRehearsal(context).rehearse(changelog, schema, goal);
  }

  @Override
  public List<Drift> verify(Changelog changelog, Collection<SchemaRef> schemas)
      throws SQLException {
    return new DriftCheck(context, changelog).check(schemas);
  }

  @Override
  public List<JournalEntry> journal(@Nullable SchemaRef schema) throws SQLException {
    try (Connection connection = connections.borrow()) {
      return Journal.read(connection, schema);
    }
  }

  /** Settles the schemas that lack nothing by reading alone; returns the others. */
  private List<FleetRun.Waiting> finishUpToDate(
      FleetRun run, Changelog changelog, Goal goal, List<SchemaRef> schemas) throws SQLException {
    List<FleetRun.Waiting> behind = new ArrayList<>();
    for (int from = 0; from < schemas.size(); from += HISTORIES_AT_ONCE) {
      int to = Math.min(from + HISTORIES_AT_ONCE, schemas.size());
      for (SchemaHistory history : histories(schemas.subList(from, to))) {
        if (goal.plan(history, changelog).isDone()) {
          run.upToDate(history.schema());
        } else {
          behind.add(new FleetRun.Waiting(history.schema(), HistorySighting.of(history)));
        }
      }
    }
    return behind;
  }

  @Override
  public TenantCreation createTenant(Changelog changelog, String tenant) {
    return create(changelog, tenant, false);
  }

  @Override
  public TenantCreation rehearseCreation(Changelog changelog, String tenant) {
    return create(changelog, tenant, true);
  }

  private TenantCreation create(Changelog changelog, String tenant, boolean rehearsal) {
    String objection = TenantName.objection(tenant, pattern);
    return objection == null
        ? new TenantCreator(context).create(changelog, schemaOf(tenant), rehearsal)
        : new TenantCreation.InvalidName(tenant, objection);
  }

  @Override
  public ChangeFeed follow(ChangeListener listener) {
    ChangeFeed feed =
        ChangeFeed.start(
            instance,
            () -> connections.open(FEED_TIMEOUT),
            schema ->
                schema.equals(SchemaRef.PUBLIC.schema())
                    ? Optional.of(SchemaRef.PUBLIC)
                    : refOf(schema),
            listener);
    feeds.add(feed);
    return feed;
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
    } catch (InterruptedException e) {
      workers.shutdownNow();
      Thread.currentThread().interrupt();
    }
    clock.shutdownNow();
    leases.close();
    feeds.forEach(ChangeFeed::close);
    announcer.close();
    connections.close();
  }
}

package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.gateway.tenant.LookupFailedException;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.connection.Recovery;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the migrations of schemas, one at a time for each schema however many ask. Thread-safe.
 *
 * <p>Sessions that wait for a schema needn't wait for its upgrade's end: as soon as the commit is
 * answered, the new history is in the directory, and the gate is told.
 *
 * <p>The end of an upgrade happens in this order: the schema's new history is in the directory; the
 * upgrade is under way no longer; the listeners are told; the stage completes. So a caller that
 * finds no upgrade under way sees the result of the last one; a caller that found one under way
 * will be told.
 */
public final class UpgradeService implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(UpgradeService.class);

  private final SchemaMigration migration;
  private final TenantDirectory directory;
  private final Drains drains;
  private final Executor workers;
  private final LongSupplier nanoTime;
  private final GateEvents events;
  private final Map<SchemaRef, Upgrade> underWay = new ConcurrentHashMap<>();
  private volatile Consumer<SchemaRef> committed = schema -> {};
  private volatile Listener listener = (upgrade, outcome) -> {};
  private volatile boolean closed;

  /** Told of every upgrade that ended, on the worker's thread. */
  interface Listener {
    void ended(Upgrade upgrade, SchemaOutcome outcome);
  }

  /**
   * Makes a service.
   *
   * @param migration migrates one schema
   * @param directory is given every schema's history after its migration
   * @param drains is told of each of these, behind the directory
   * @param workers runs {@link Upgrade}s, the wanted ones first: {@link UpgradeWorkers}, or a
   *     test's own
   * @param nanoTime the clock
   * @param events told of starts and ends
   */
  public UpgradeService(
      SchemaMigration migration,
      TenantDirectory directory,
      Drains drains,
      Executor workers,
      LongSupplier nanoTime,
      GateEvents events) {
    this.migration = migration;
    this.directory = directory;
    this.drains = drains;
    this.workers = workers;
    this.nanoTime = nanoTime;
    this.events = events;
  }

  /**
   * The one who is told of every commit and every end: the gate.
   *
   * @param whenCommitted told of a schema whose new history is in the directory, while its upgrade
   *     is still on its way to its end; on the migrator's thread
   */
  void listen(Consumer<SchemaRef> whenCommitted, Listener whenEnded) {
    committed = whenCommitted;
    listener = whenEnded;
  }

  /**
   * Upgrades a schema, or joins an upgrade of it that is under way; one that leads less far is
   * followed by another. A failed migration is tried again.
   *
   * @return never fails
   */
  public CompletionStage<SchemaOutcome> upgrade(
      Changelog changelog, SchemaRef schema, Target target, UpgradePriority priority) {
    Upgrade mine = new Upgrade(schema, changelog, target, priority, this::run);
    if (closed) {
      return CompletableFuture.completedFuture(shuttingDown(schema));
    }
    if (isReadOnly()) {
      return CompletableFuture.completedFuture(
          new SchemaOutcome.Unreachable(schema, Recovery.READ_ONLY));
    }
    Upgrade running = underWay.putIfAbsent(schema, mine);
    if (running == null) {
      start(mine);
      return mine.outcome().copy();
    }
    if (priority == UpgradePriority.HELD) {
      wanted(schema, 1);
    }
    if (running.covers(changelog, target)) {
      return running.outcome().copy();
    }
    return running
        .outcome()
        .thenCompose(
            outcome ->
                outcome.succeeded()
                    ? upgrade(changelog, schema, target, priority)
                    : CompletableFuture.completedFuture(outcome));
  }

  /**
   * Upgrades {@code public} and then the tenant's schema. If the first doesn't succeed, its outcome
   * is the answer and the tenant is left alone.
   */
  public CompletionStage<SchemaOutcome> upgradeTenant(
      Changelog changelog, SchemaRef tenant, Target target, UpgradePriority priority) {
    CompletionStage<SchemaOutcome> shared = upgrade(changelog, SchemaRef.PUBLIC, target, priority);
    if (tenant.isPublic()) {
      return shared;
    }
    return shared.thenCompose(
        outcome ->
            outcome.succeeded()
                ? upgrade(changelog, tenant, target, priority)
                : CompletableFuture.completedFuture(outcome));
  }

  /** Whether the server is a standby: nothing is tried there. */
  boolean isReadOnly() {
    return drains.isReadOnly();
  }

  /** Whether an upgrade of the schema is queued or running here. */
  public boolean isUnderWay(SchemaRef schema) {
    return underWay.containsKey(schema);
  }

  /** The upgrade of the schema that is queued or running here; null if there is none. */
  @Nullable Upgrade underWay(SchemaRef schema) {
    return underWay.get(schema);
  }

  /** Moves a queued upgrade to where as many held sessions as wait for it put it. */
  void wanted(SchemaRef schema, int sessions) {
    Upgrade queued = underWay.get(schema);
    if (queued != null
        && queued.isWantedLessThan(sessions)
        && workers instanceof UpgradeWorkers w) {
      w.reorder(queued, () -> queued.wanted(sessions));
    }
  }

  /** The schemas whose upgrades are queued or running here. */
  public Collection<SchemaRef> underWay() {
    return List.copyOf(underWay.keySet());
  }

  /**
   * Starts nothing more; what is queued ends as unreachable. Running ones end with the migrator.
   */
  @Override
  public void close() {
    closed = true;
    for (Upgrade upgrade : underWay.values()) {
      if (upgrade.begin()) {
        end(upgrade, shuttingDown(upgrade.schema()), 0);
      }
    }
  }

  private void start(Upgrade upgrade) {
    try {
      workers.execute(upgrade);
    } catch (RejectedExecutionException e) {
      if (upgrade.begin()) {
        end(upgrade, shuttingDown(upgrade.schema()), 0);
      }
    }
  }

  private void run(Upgrade upgrade) {
    long began = nanoTime.getAsLong();
    events.migrationStarted(upgrade.schema());
    SchemaOutcome outcome;
    try {
      outcome =
          migration.migrate(
              upgrade.changelog(), upgrade.schema(), upgrade.target(), this::committed);
    } catch (RuntimeException e) {
      log.error("migrating {} failed unexpectedly", upgrade.schema(), e);
      outcome =
          new SchemaOutcome.Failed(
              upgrade.schema(), List.of(), null, null, String.valueOf(e), Duration.ZERO);
    }
    end(upgrade, readAfter(outcome), nanoTime.getAsLong() - began);
  }

  /** Takes in the migrator's own commit, without a look at the database. */
  private void committed(SchemaHistory history) {
    directory.foretell(history);
    drains.lift(history.schema());
    committed.accept(history.schema());
  }

  /** Brings the directory up to date. */
  SchemaOutcome readAfter(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.Busy
        || outcome instanceof SchemaOutcome.PutOff
        || outcome instanceof SchemaOutcome.Unreachable
        || outcome instanceof SchemaOutcome.Cancelled) {
      return outcome;
    }
    try {
      events.migratedTo(directory.readNow(outcome.schema()).history());
    } catch (LookupFailedException e) {
      // The directory knows nothing of the schema now; its waiters look it up, or are told.
      log.debug("the history can't be read after the migration", e);
    } catch (RuntimeException e) {
      log.error("reading the history of {} failed unexpectedly", outcome.schema(), e);
    }
    drains.lift(outcome.schema());
    return outcome;
  }

  private void end(Upgrade upgrade, SchemaOutcome outcome, long elapsedNanos) {
    underWay.remove(upgrade.schema(), upgrade);
    events.migrationEnded(upgrade.schema(), outcome, Duration.ofNanos(elapsedNanos));
    try {
      listener.ended(upgrade, outcome);
    } catch (RuntimeException e) {
      log.error("waking those who wait for {} failed unexpectedly", upgrade.schema(), e);
    }
    upgrade.outcome().complete(outcome);
  }

  private static SchemaOutcome shuttingDown(SchemaRef schema) {
    return new SchemaOutcome.Unreachable(schema, "the gateway is shutting down");
  }
}

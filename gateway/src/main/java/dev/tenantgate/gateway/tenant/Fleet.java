package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Target;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where every schema stands, for those who look at all of them: metrics, the admin port, an upgrade
 * of all. Keeps the states, not the histories, so that tens of thousands of tenants fit into a few
 * MiB. It is brought up to date by surveys, and by every history that the directory reads.
 *
 * <p>Where there are too many schemas to read all their histories often, the registry tells in
 * between which of them may have changed, and the histories of these are read. Too many are those
 * whose survey at each {@code gate.recheck-interval} would take more than a twentieth of the time.
 * All histories are read at a hundredth of the time as well, so a wrong word of the registry is
 * never shown, and a missing one not for long.
 *
 * <p>Thread-safe. A survey blocks its own executor alone.
 */
public final class Fleet {

  private static final Logger log = LoggerFactory.getLogger(Fleet.class);
  private static final int BATCH = 500;

  /** Looking at all schemas may take so large a part of the time. */
  private static final int SHARE = 20;

  /** Reading all histories may, where that is too long for it to be done each time. */
  private static final int SURVEY_SHARE = 100;

  private final FleetSource source;
  private final Executor surveyor;
  private final LongSupplier nanoTime;
  private final Listener listener;

  /** By schema, which is the order of views. */
  private final Map<SchemaRef, Known> known =
      new ConcurrentSkipListMap<>(Comparator.comparing(SchemaRef::schema));

  private final Map<SchemaRef, Instant> here = new ConcurrentHashMap<>();
  private final Object lock = new Object();
  private volatile Rules rules;
  private volatile Set<SchemaRef> elsewhere = Set.of();
  private volatile @Nullable Survey lastSurvey;
  private volatile long lastLookNanos;
  private volatile @Nullable Instant lookedAt;

  // Guarded by lock.
  private @Nullable CompletableFuture<FleetView> running;

  /** Told when a schema's state has changed, on the thread that found out. */
  public interface Listener {
    /** The state before is null for a schema that wasn't known. */
    void stateChanged(@Nullable TenantState before, TenantState after);
  }

  private record Known(TenantState state, long readAtNanos) {}

  private record Rules(Changelog changelog, Target target) {}

  private record Survey(Instant at, long beganNanos, long tookNanos) {}

  /**
   * Makes a fleet of which nothing is known.
   *
   * @param source reads the database
   * @param changelog all migrations
   * @param target {@code gate.required}
   * @param surveyor runs one survey at a time; owned by the caller
   * @param nanoTime the clock, the directory's
   * @param listener told of changes
   */
  public Fleet(
      FleetSource source,
      Changelog changelog,
      Target target,
      Executor surveyor,
      LongSupplier nanoTime,
      Listener listener) {
    this.source = source;
    this.rules = new Rules(changelog, target);
    this.surveyor = surveyor;
    this.nanoTime = nanoTime;
    this.listener = listener;
  }

  /** Takes what the directory has read. */
  public void read(HistorySnapshot snapshot) {
    Rules current = rules;
    note(snapshot.state(current.changelog, current.target), snapshot.readAtNanos());
  }

  /** Notes that this gateway begins to migrate a schema. */
  public void migrationStarted(SchemaRef schema) {
    Known before = known.get(schema);
    here.put(schema, Instant.now());
    if (before != null) {
      listener.stateChanged(before.state, overlaid(before.state));
    }
  }

  /** Notes that it has ended; the schema's history has been read since, if it could be. */
  public void migrationEnded(SchemaRef schema) {
    Instant since = here.remove(schema);
    Known after = known.get(schema);
    if (since != null && after != null) {
      listener.stateChanged(new TenantState.Migrating(after.state.status(), since), after.state);
    }
  }

  /** Takes new rules; the states by them come with a survey that begins after this. */
  public void reconfigure(Changelog changelog, Target target) {
    rules = new Rules(changelog, target);
  }

  /** Where everything stands, as far as is known. */
  public FleetView view() {
    List<TenantState> tenants = new ArrayList<>(known.size());
    TenantState shared = null;
    for (Known each : known.values()) {
      TenantState state = overlaid(each.state);
      if (state.schema().isPublic()) {
        shared = state;
      } else {
        tenants.add(state);
      }
    }
    Survey survey = lastSurvey;
    return new FleetView(shared, tenants, survey == null ? null : survey.at, lookedAt);
  }

  /** Where one schema stands, as far as is known; null if nothing is. */
  public @Nullable TenantState state(SchemaRef schema) {
    Known each = known.get(schema);
    return each == null ? null : overlaid(each.state);
  }

  /**
   * How long to wait before looking again.
   *
   * @param usual how often to look, unless that takes too long
   */
  public Duration pause(Duration usual) {
    return Duration.ofNanos(Math.max(usual.toNanos(), SHARE * lastLookNanos));
  }

  /**
   * Looks where everything stands: reads all histories if that is quick or wasn't done for long,
   * else those that the registry points to.
   *
   * @param usual how often this is called, unless it takes too long
   */
  public CompletionStage<FleetView> lookAgain(Duration usual) {
    Survey survey = lastSurvey;
    boolean all =
        survey == null
            || SHARE * survey.tookNanos <= usual.toNanos()
            || nanoTime.getAsLong() - survey.beganNanos >= SURVEY_SHARE * survey.tookNanos;
    return all ? survey() : glance();
  }

  /** Where everything stands, without a look at the database; the first time, by a survey. */
  public CompletionStage<FleetView> known() {
    return lastSurvey == null ? survey() : CompletableFuture.completedFuture(view());
  }

  /**
   * Reads every history, or joins a survey under way.
   *
   * @return fails with {@link SQLException} if the database can't be read
   */
  public CompletionStage<FleetView> survey() {
    CompletableFuture<FleetView> mine;
    synchronized (lock) {
      if (running != null) {
        return running.copy();
      }
      mine = new CompletableFuture<>();
      running = mine;
    }
    return begin(mine, this::readAll);
  }

  /**
   * Reads every history by the rules in force now: behind a survey under way, which may have begun
   * by others.
   */
  public CompletionStage<FleetView> surveyAnew() {
    CompletableFuture<FleetView> before;
    synchronized (lock) {
      before = running;
    }
    return before == null
        ? survey()
        : before.handle((view, error) -> null).thenCompose(ended -> survey());
  }

  /**
   * Reads the histories that aren't what they were by the registry, or joins a survey under way.
   *
   * @return fails with {@link SQLException} if the database can't be read
   */
  CompletionStage<FleetView> glance() {
    synchronized (lock) {
      if (running != null) {
        return running.copy();
      }
    }
    return begin(new CompletableFuture<>(), this::readChanged);
  }

  /** One reading of the database. */
  private interface Reading {
    void run() throws SQLException;
  }

  private CompletionStage<FleetView> begin(CompletableFuture<FleetView> mine, Reading reading) {
    try {
      surveyor.execute(() -> survey(mine, reading));
    } catch (RejectedExecutionException e) {
      finish(mine);
      mine.completeExceptionally(new SQLException("the gateway is shutting down", "57P01", e));
    }
    return mine.copy();
  }

  private void survey(CompletableFuture<FleetView> result, Reading reading) {
    long began = nanoTime.getAsLong();
    Instant beganAt = Instant.now();
    try {
      reading.run();
      lastLookNanos = nanoTime.getAsLong() - began;
      lookedAt = beganAt;
      finish(result);
      result.complete(view());
    } catch (SQLException e) {
      log.debug("the schemas can't be surveyed", e);
      finish(result);
      result.completeExceptionally(e);
    } catch (RuntimeException e) {
      log.error("surveying the schemas failed unexpectedly", e);
      finish(result);
      result.completeExceptionally(e);
    }
  }

  private void finish(CompletableFuture<FleetView> survey) {
    synchronized (lock) {
      if (running == survey) {
        running = null;
      }
    }
  }

  private void readAll() throws SQLException {
    long began = nanoTime.getAsLong();
    List<SchemaRef> schemas = schemas();
    read(schemas);
    forgetOthers(schemas, began);
    lastSurvey = new Survey(Instant.now(), began, nanoTime.getAsLong() - began);
  }

  private void readChanged() throws SQLException {
    long began = nanoTime.getAsLong();
    Rules current = rules;
    List<SchemaRef> schemas = schemas();
    List<SchemaRef> changed = new ArrayList<>();
    source.registered(
        schemas,
        history -> {
          TenantState state =
              new HistorySnapshot(history, began).state(current.changelog, current.target);
          Known before = known.get(history.schema());
          // Two failures may differ in what failed.
          if (before == null || state instanceof TenantState.Failed || !same(before.state, state)) {
            changed.add(history.schema());
          }
        });
    read(changed);
    forgetOthers(schemas, began);
  }

  private List<SchemaRef> schemas() throws SQLException {
    List<SchemaRef> schemas = new ArrayList<>();
    schemas.add(SchemaRef.PUBLIC);
    schemas.addAll(source.tenants());
    elsewhere = source.migrating();
    return schemas;
  }

  private void read(List<SchemaRef> schemas) throws SQLException {
    Rules current = rules;
    for (int from = 0; from < schemas.size(); from += BATCH) {
      List<SchemaRef> batch = schemas.subList(from, Math.min(from + BATCH, schemas.size()));
      long batchBegan = nanoTime.getAsLong();
      for (SchemaHistory history : source.histories(batch)) {
        HistorySnapshot snapshot = new HistorySnapshot(history, batchBegan);
        note(snapshot.state(current.changelog, current.target), batchBegan);
      }
    }
  }

  /** Forgets schemas that aren't there any more. */
  private void forgetOthers(List<SchemaRef> schemas, long began) {
    Set<SchemaRef> there = new HashSet<>(schemas);
    known.forEach(
        (schema, each) -> {
          if (!there.contains(schema) && each.readAtNanos - began < 0) {
            known.remove(schema, each);
          }
        });
  }

  /** Keeps a state unless a newer one is known. */
  private void note(TenantState state, long readAtNanos) {
    if (state instanceof TenantState.Absent) {
      known.remove(state.schema());
      return;
    }
    TenantState[] before = {null};
    boolean[] changed = {false};
    known.compute(
        state.schema(),
        (schema, old) -> {
          if (old != null && readAtNanos - old.readAtNanos < 0) {
            return old;
          }
          before[0] = old == null ? null : old.state;
          changed[0] = old == null || !same(old.state, state);
          return new Known(state, readAtNanos);
        });
    // While it is migrated here, the migration's own end tells how it went.
    if (changed[0] && !here.containsKey(state.schema())) {
      listener.stateChanged(before[0], state);
    }
  }

  private static boolean same(TenantState a, TenantState b) {
    return a.name() == b.name() && a.lag() == b.lag();
  }

  /**
   * A schema that is being migrated, here or by another process, is in no other state meanwhile.
   */
  private TenantState overlaid(TenantState state) {
    Instant since = here.get(state.schema());
    if (since != null) {
      return new TenantState.Migrating(state.status(), since);
    }
    boolean lags = state instanceof TenantState.Behind || state instanceof TenantState.Failed;
    return lags && elsewhere.contains(state.schema())
        ? new TenantState.Migrating(state.status(), Instant.now())
        : state;
  }
}

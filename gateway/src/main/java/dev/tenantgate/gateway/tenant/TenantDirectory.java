package dev.tenantgate.gateway.tenant;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Policy;
import dev.tenantgate.gateway.tenant.LookupFailedException.Cause;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.connection.LostConnection;
import dev.tenantgate.migrator.history.HistoryDigest;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's knowledge of schemas: the last history read of each, and when that was.
 *
 * <p>A history that was read within {@code gate.recheck-interval} is taken as it is. An older one
 * in use is read again in the background ({@link #refreshStale}); should that fail, it is trusted
 * for {@value #TRUSTED_INTERVALS} intervals in all and then forgotten, so that a gateway that can't
 * reach the database soon admits nobody. A schema that isn't there is remembered for a second, so
 * that a client in a hurry can't turn a misspelt name into load.
 *
 * <p>It is a cache of histories; their meaning is computed against the changelog in force, so a
 * reload reads nothing anew.
 *
 * <p>Thread-safe. {@link #tryLookup} never blocks and allocates nothing.
 */
public final class TenantDirectory implements AutoCloseable {

  /** For how many recheck intervals a history that can't be read again is trusted. */
  static final int TRUSTED_INTERVALS = 3;

  private static final long ABSENT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long IDLE_NANOS = Duration.ofMinutes(10).toNanos();
  private static final long MAX_SCHEMAS = 100_000;

  private final Cache<SchemaRef, HistorySnapshot> known;
  private final Policy<SchemaRef, HistorySnapshot> quiet;
  private final HistoryReads reads;
  private final LongSupplier nanoTime;
  private final Consumer<HistorySnapshot> onRead;
  private final AtomicLong changes = new AtomicLong();
  private final AtomicLong migrations = new AtomicLong();
  private volatile long recheckNanos;

  /**
   * Makes an empty directory.
   *
   * @param source reads histories; called on {@code readers} only, and on the thread of {@link
   *     #readNow}
   * @param readers runs at most {@link HistoryReads#MAX_READERS} reads at once; owned by the caller
   * @param nanoTime the clock
   * @param recheckInterval {@code gate.recheck-interval}
   * @param onRead told of every history read, on the thread that read it
   */
  public TenantDirectory(
      HistorySource source,
      Executor readers,
      LongSupplier nanoTime,
      Duration recheckInterval,
      Consumer<HistorySnapshot> onRead) {
    this.nanoTime = nanoTime;
    this.onRead = onRead;
    this.recheckNanos = recheckInterval.toNanos();
    this.reads = new HistoryReads(source, readers, nanoTime, this::store);
    this.known =
        Caffeine.newBuilder()
            .maximumSize(MAX_SCHEMAS)
            .ticker(nanoTime::getAsLong)
            .executor(Runnable::run)
            .expireAfter(
                Expiry.<SchemaRef, HistorySnapshot>accessing(
                    (schema, snapshot) ->
                        Duration.ofNanos(snapshot.exists() ? IDLE_NANOS : ABSENT_NANOS)))
            .build();
    this.quiet = known.policy();
  }

  /** The schema's history if it is known and can be relied on, else null. */
  public @Nullable HistorySnapshot tryLookup(SchemaRef schema) {
    // Quietly: to keep the order of use for each transaction costs more than to find the entry.
    HistorySnapshot snapshot = quiet.getIfPresentQuietly(schema);
    if (snapshot == null) {
      return null;
    }
    long now = nanoTime.getAsLong();
    long trustNanos = snapshot.exists() ? TRUSTED_INTERVALS * recheckNanos : ABSENT_NANOS;
    if (now - snapshot.readAtNanos() > trustNanos) {
      return null;
    }
    if (snapshot.use(now)) {
      var unused = known.getIfPresent(schema); // which the cache takes for its use
    }
    return snapshot;
  }

  /**
   * The schema's history as {@link #tryLookup} has it, else read now. Many at once become few
   * messages.
   *
   * @return fails with {@link LookupFailedException}
   */
  public CompletionStage<HistorySnapshot> lookup(SchemaRef schema) {
    HistorySnapshot snapshot = tryLookup(schema);
    return snapshot != null ? CompletableFuture.completedFuture(snapshot) : reads.join(schema);
  }

  /** Whether a history was read so long ago that, of another tool's, it needs another look. */
  public boolean isStale(HistorySnapshot snapshot) {
    return nanoTime.getAsLong() - snapshot.readAtNanos() > FRESH_NANOS;
  }

  /**
   * The same as {@link #lookup}, but of what another tool migrates no older than a second.
   *
   * @return fails with {@link LookupFailedException}
   */
  public CompletionStage<HistorySnapshot> lookupFresh(SchemaRef schema) {
    HistorySnapshot snapshot = tryLookup(schema);
    boolean known =
        snapshot != null && (snapshot.history().external() == null || !isStale(snapshot));
    return snapshot != null && known
        ? CompletableFuture.completedFuture(snapshot)
        : reads.join(schema);
  }

  /**
   * Reads the schema's history whatever is known, with a read that begins after this call.
   *
   * @return fails with {@link LookupFailedException}
   */
  public CompletionStage<HistorySnapshot> refresh(SchemaRef schema) {
    return reads.begin(schema);
  }

  /**
   * Reads the schema's history on the calling thread.
   *
   * @throws LookupFailedException if that can't be done; the schema is then forgotten
   */
  public HistorySnapshot readNow(SchemaRef schema) throws LookupFailedException {
    try {
      return reads.now(schema);
    } catch (LookupFailedException e) {
      known.invalidate(schema);
      changes.incrementAndGet();
      throw e;
    }
  }

  /**
   * Takes a schema's history as a migration of our own has left it, but for the times of what that
   * applied. It is read all the same, a moment later.
   */
  public void foretell(SchemaHistory history) {
    store(HistorySnapshot.foretold(history, nanoTime.getAsLong()));
  }

  /**
   * The history of a schema as it is once these migrations are applied as well.
   *
   * @param digest of that
   * @return null if what is known doesn't come to it
   */
  public @Nullable SchemaHistory with(SchemaRef schema, List<Migration> applied, String digest) {
    HistorySnapshot snapshot = quiet.getIfPresentQuietly(schema);
    SchemaHistory after = snapshot == null ? null : snapshot.history().with(applied, Instant.now());
    return after != null && HistoryDigest.of(after).equals(digest) ? after : null;
  }

  /**
   * Takes a schema's history that somebody else has read.
   *
   * @param askedNanos when that began, by the directory's clock
   */
  public void take(SchemaHistory history, long askedNanos) {
    store(history, askedNanos);
  }

  /** Reads again what is in use and older than the recheck interval. To be called by a timer. */
  public void refreshStale() {
    long now = nanoTime.getAsLong();
    for (HistorySnapshot snapshot : known.asMap().values()) {
      if (now - snapshot.readAtNanos() >= recheckNanos && snapshot.usedSinceRead()) {
        // A failure is logged where it happens, and shows when the trust runs out.
        refresh(snapshot.history().schema()).exceptionally(e -> snapshot);
      }
    }
  }

  /** Knows nothing of the schema any more. */
  public void forget(SchemaRef schema) {
    known.invalidate(schema);
  }

  /** Knows nothing any more, of any schema; what is in use is read again. */
  public void forgetAll() {
    List<SchemaRef> used = List.copyOf(known.asMap().keySet());
    known.invalidateAll();
    for (SchemaRef schema : used) {
      var unused = refresh(schema);
    }
  }

  /** Reads again whatever is known. */
  public void refreshAll() {
    for (SchemaRef schema : known.asMap().keySet()) {
      var unused = refresh(schema);
    }
  }

  /** Takes another {@code gate.recheck-interval}. */
  public void reconfigure(Duration recheckInterval) {
    recheckNanos = recheckInterval.toNanos();
    changes.incrementAndGet();
  }

  /**
   * Another number whenever something else is known, or it is to be judged by other rules: as long
   * as it stays the same, so does what was found a moment ago.
   */
  public long changes() {
    return changes.get();
  }

  /** How often a history was found that wasn't known, or was another. */
  public long migrations() {
    return migrations.get();
  }

  /** Why the last read failed; null if it succeeded or there was none yet. */
  public @Nullable String failure() {
    return reads.failure();
  }

  /** Fails whatever is still waiting to be read. */
  @Override
  public void close() {
    reads.close();
  }

  private HistorySnapshot store(SchemaHistory history, long beganNanos) {
    HistorySnapshot before = known.getIfPresent(history.schema());
    return store(HistorySnapshot.read(history, beganNanos, before));
  }

  private HistorySnapshot store(HistorySnapshot read) {
    SchemaHistory history = read.history();
    HistorySnapshot before = known.getIfPresent(history.schema());
    if (before == null || before.generation() != read.generation()) {
      migrations.incrementAndGet();
    }
    // Two reads of a schema may overlap: the one that began later knows more.
    HistorySnapshot newest =
        known
            .asMap()
            .merge(
                history.schema(), read, (a, b) -> b.readAtNanos() - a.readAtNanos() >= 0 ? b : a);
    changes.incrementAndGet();
    if (newest == read) {
      onRead.accept(read);
    }
    return newest;
  }

  /** Whether an error means that the database couldn't be reached, or broke the connection. */
  static Cause causeOf(SQLException e) {
    boolean overloaded = String.valueOf(e.getSQLState()).startsWith("53");
    return overloaded || LostConnection.isToldBy(e) ? Cause.UNREACHABLE : Cause.UNREADABLE;
  }
}

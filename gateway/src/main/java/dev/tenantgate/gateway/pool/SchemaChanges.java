package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.statements.AnalysisClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * When the objects of one database were last known to change, so that a name may mean another: a
 * table that shadows one of the same name, a function that fits better. Statements analysed before
 * are analysed anew. (PostgreSQL itself sees to it where a statement already uses the changed
 * object.) One for all pools of a database. Thread-safe.
 */
public final class SchemaChanges {

  /** However much changes, nothing is analysed anew more often for it. */
  private static final long SPACING_NANOS = Duration.ofSeconds(1).toNanos();

  /** One kind of change, counted by those who see it. */
  private static final class Kind {
    private volatile long count;
    private volatile long heeded;
    private volatile long heededNanos = System.nanoTime() - SPACING_NANOS;
    private volatile long at;

    /** When it was, by the {@link AnalysisClock}. */
    long at() {
      if (count != heeded) {
        heed();
      }
      return at;
    }

    private synchronized void heed() {
      long now = System.nanoTime();
      if (now - heededNanos >= SPACING_NANOS) {
        heeded = count;
        heededNanos = now;
        at = AnalysisClock.tick();
      }
    }
  }

  private final AtomicLong definitions = new AtomicLong();
  private final AtomicLong routineChanges = new AtomicLong();
  private final Kind defined = new Kind();
  private final Kind migrated = new Kind();
  private @Nullable String lastWrites;

  /** Something was defined, by a client or by somebody else. */
  public void defined() {
    defined.count = definitions.incrementAndGet();
  }

  /** A client has made routines, or what calls them: every pool is to look anew. */
  public void routinesChanged() {
    routineChanges.incrementAndGet();
  }

  /** How often that was said. */
  public long routineChanges() {
    return routineChanges.get();
  }

  /**
   * The server's count of what was ever written to its catalogs: where it is another than the last,
   * something was defined.
   */
  public synchronized void counted(String writes) {
    if (!writes.equals(lastWrites)) {
      if (lastWrites != null) {
        defined();
      }
      lastWrites = writes;
    }
  }

  /**
   * When something was defined, by the {@link AnalysisClock}; 0 for never. Told of what happened
   * less than a second after what was told of last, it says so when that second is over.
   */
  public long definedAt() {
    return defined.at();
  }

  /**
   * The same, or when any schema was migrated. (Of its own schemas a client knows by their
   * generation.)
   *
   * @param migrations how many there have been
   */
  public long changedAt(long migrations) {
    if (migrated.count != migrations) {
      migrated.count = migrations;
    }
    return Math.max(defined.at(), migrated.at());
  }
}

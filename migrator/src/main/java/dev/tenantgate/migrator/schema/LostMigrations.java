package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.RetryPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The schemas over whose migrations a connection was lost, for as long as it isn't decided what
 * becomes of them. Belongs to the process, not to a run: however many ask, one migration has so
 * many tries, with growing pauses between them. Thread-safe.
 */
public final class LostMigrations {

  /** How often a migration's connection may be lost while the server goes on. */
  static final int MAX_TRIES = 3;

  /** How often it may be lost because the server was started anew meanwhile. */
  static final int MAX_RESTARTS = 10;

  private static final RetryPolicy PAUSES =
      new RetryPolicy(MAX_TRIES, Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ZERO);

  private final Map<SchemaRef, Loss> losses = new ConcurrentHashMap<>();

  /**
   * A loss.
   *
   * @param version the migration; null if it was one of several
   * @param done how many of its statements are done, where these are committed one by one
   * @param count how often the migration's connection was lost, as far as this process knows
   * @param restarts how many of these losses the server's restarts were
   * @param began when the try began, in the process's nanoseconds
   * @param notBefore when the next one may begin, in the process's nanoseconds
   * @param failure the last words
   * @param unnoted how many of the losses the journal lacks: one of several migrations at once
   *     isn't put down to any before the next
   */
  record Loss(
      @Nullable Version version,
      int done,
      int count,
      int restarts,
      long began,
      long notBefore,
      SqlFailure failure,
      int unnoted) {

    /** Whether the journal has all. */
    boolean noted() {
      return unnoted == 0;
    }

    /** Whether there is no need to try again to know that it is the migration's doing. */
    boolean isDecisive() {
      return failure.kind() == SqlFailure.Kind.SESSION_TIMEOUT && version != null;
    }
  }

  /**
   * Notes a loss.
   *
   * @param sent the steps that were on their way
   * @param done how many statements of a single one were done and recorded
   * @param began when they were sent, in the process's nanoseconds
   */
  void note(SchemaRef schema, List<Step> sent, int done, SqlFailure failure, long began) {
    Version version = sent.size() == 1 ? sent.get(0).version() : null;
    losses.compute(schema, (same, before) -> next(before, version, done, failure, began));
  }

  private static Loss next(
      @Nullable Loss before, @Nullable Version version, int done, SqlFailure failure, long began) {
    boolean same =
        before != null
            && before.done == done
            && (before.version == null || version == null || before.version.equals(version));
    int count = before != null && same ? before.count + 1 : 1;
    int restarts = before != null && same ? before.restarts : 0;
    boolean atOnce = failure.kind() == SqlFailure.Kind.SESSION_TIMEOUT || count >= MAX_TRIES;
    Duration pause = atOnce ? Duration.ZERO : PAUSES.delay(count + restarts);
    long notBefore = System.nanoTime() + pause.toNanos();
    int unnoted = before != null && same ? before.unnoted + 1 : 1;
    return new Loss(version, done, count, restarts, began, notBefore, failure, unnoted);
  }

  /** The schema's last loss; null if there is none that matters any more. */
  @Nullable Loss of(SchemaRef schema) {
    return losses.get(schema);
  }

  /** How long the schema is to be left alone; zero if it isn't. */
  Duration pause(SchemaRef schema) {
    Loss loss = losses.get(schema);
    long left = loss == null ? 0 : loss.notBefore - System.nanoTime();
    return left <= 0 ? Duration.ZERO : Duration.ofNanos(left);
  }

  /** Notes that the journal has the loss. */
  void isNoted(SchemaRef schema) {
    losses.computeIfPresent(
        schema,
        (same, l) ->
            new Loss(l.version, l.done, l.count, l.restarts, l.began, l.notBefore, l.failure, 0));
  }

  /** Puts the last loss down to the server's restart instead of the migration. */
  void wasRestart(SchemaRef schema) {
    losses.computeIfPresent(
        schema,
        (same, l) ->
            new Loss(
                l.version,
                l.done,
                l.count - 1,
                l.restarts + 1,
                l.began,
                l.notBefore,
                l.failure,
                0));
  }

  /** Forgets the schema's losses: a migration of it was committed, or recorded as failed. */
  void forget(SchemaRef schema) {
    losses.remove(schema);
  }
}

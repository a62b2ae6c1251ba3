package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.schema.AttemptResult.NeedsDrain;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run's wait, under its lease, for the transactions that are under way on its schema at gateways.
 * No thread and no connection is held meanwhile. Thread-safe.
 */
final class SchemaDrain {

  private static final Logger LOG = LoggerFactory.getLogger(SchemaDrain.class);

  private final SchemaContext context;
  private final SchemaRef schema;

  // Guarded by this.
  private @Nullable NeedsDrain waiting;
  private @Nullable NeedsDrain ready;
  private @Nullable NeedsDrain taken;
  private int inVain;
  private long takenNanos;

  SchemaDrain(SchemaContext context, SchemaRef schema) {
    this.context = context;
    this.schema = schema;
  }

  /**
   * Begins to wait.
   *
   * @param then told the end on a worker thread; unless it is {@link DrainEnd.Quiet}, the lease is
   *     given back by then
   */
  void begin(NeedsDrain needs, Consumer<DrainEnd> then) {
    synchronized (this) {
      waiting = needs;
    }
    var unused =
        context
            .drainer()
            .drain(schema.schema(), needs.token())
            .thenAccept(end -> onWorker(() -> ended(needs, end, then)));
  }

  private void onWorker(Runnable task) {
    try {
      context.workers().execute(task);
    } catch (RejectedExecutionException e) {
      LOG.atDebug().setCause(e).log("a drain ends with the migrator");
      task.run();
    }
  }

  private void ended(NeedsDrain needs, DrainEnd end, Consumer<DrainEnd> then) {
    synchronized (this) {
      waiting = null;
      if (end instanceof DrainEnd.Quiet) {
        ready = needs;
        inVain = 0;
      } else if (end instanceof DrainEnd.TimedOut) {
        inVain++;
      }
    }
    if (!(end instanceof DrainEnd.Quiet)) {
      giveBack(needs);
    }
    then.accept(end);
  }

  /** Gives it up; whether there was anything to give up. */
  boolean withdraw() {
    NeedsDrain given;
    synchronized (this) {
      given = waiting;
    }
    if (given != null) {
      context.drainer().over(schema.schema(), given.token(), true);
    }
    return given != null;
  }

  /** Drains that were in vain since the last that wasn't. */
  synchronized int inVain() {
    return inVain;
  }

  /** The lease of a drained schema, for the next try; null if there is none. */
  synchronized @Nullable NeedsDrain take() {
    taken = ready;
    ready = null;
    takenNanos = System.nanoTime();
    return taken;
  }

  /**
   * A try has ended that may have gone on with it, and has given its lease back then.
   *
   * @param announced whether gateways will be told that the schema was changed
   */
  void tried(boolean announced) {
    NeedsDrain used;
    NeedsDrain unused;
    long took;
    synchronized (this) {
      took = takenNanos;
      used = taken;
      taken = null;
      unused = ready;
      ready = null;
    }
    if (used != null) {
      context.drainsAhead().took(System.nanoTime() - took);
      context.drainer().over(schema.schema(), used.token(), !announced);
    }
    if (unused != null) {
      giveBack(unused);
    }
  }

  private void giveBack(NeedsDrain needs) {
    context.leases().giveBack(schema, needs.token());
    context.drainer().over(schema.schema(), needs.token(), true);
  }
}

package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.SqlFailure;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often a schema's run was tried, and how long it is to wait before the next try. Confined to
 * the thread whose try it is.
 */
final class RunTries {

  private static final Logger LOG = LoggerFactory.getLogger(RunTries.class);

  /** How often the connection may be lost, or not be had, in one run. */
  private static final int MOST_LOST = 16;

  private final SchemaContext context;
  private final SchemaRef schema;
  private final MigrationListener listener;
  private int failed;
  private int lost;
  private int looksAtLease;
  private long firstLookNanos;

  RunTries(SchemaContext context, SchemaRef schema, MigrationListener listener) {
    this.context = context;
    this.schema = schema;
    this.listener = listener;
  }

  /** Whether a further failure won't be followed by another try. */
  boolean isLast() {
    return failed + 1 >= context.retries().maxTries();
  }

  /** Whether a try was ended by somebody who was in the way. */
  boolean wereInTheWay() {
    return failed > 0;
  }

  /** Whether a try has lost its connection, or got none. */
  boolean wereLost() {
    return lost > 0;
  }

  /** How long to wait after somebody was in the way; null if that was the last try. */
  @Nullable Duration afterFailure(SqlFailure failure) {
    failed++;
    return failed >= context.retries().maxTries()
        ? null
        : told(failed, failure, context.retries().delay(failed));
  }

  /**
   * How long to wait after the connection was lost, or wasn't to be had; null if the server isn't
   * waited for any longer. How often the same migration may lose it is up to {@link RepeatedLoss}.
   */
  @Nullable Duration afterLoss(SqlFailure failure) {
    lost++;
    if (!context.connections().outage().isToBeWaitedFor() || lost >= MOST_LOST) {
      return null;
    }
    if (failure.kind() == SqlFailure.Kind.SESSION_TIMEOUT) {
      return Duration.ZERO;
    }
    Duration known = context.losses().pause(schema);
    return told(lost, failure, known.isZero() ? context.retries().delay(lost) : known);
  }

  private Duration told(int tries, SqlFailure failure, Duration delay) {
    LOG.atInfo()
        .addKeyValue("schema", schema)
        .addKeyValue("attempt", tries)
        .addKeyValue("error", failure.text())
        .addKeyValue("retryInMillis", delay.toMillis())
        .log("a schema's migration is put off");
    listener.retrying(schema, tries, String.valueOf(failure.sqlState()), delay);
    return delay;
  }

  /** How long to wait for a lease of somebody else; null if it was waited for long enough. */
  @Nullable Duration whileLeased() {
    if (looksAtLease == 0) {
      firstLookNanos = System.nanoTime();
    }
    looksAtLease++;
    long waited = System.nanoTime() - firstLookNanos;
    return waited >= context.retries().leaseWait().toNanos()
        ? null
        : context.retries().leaseDelay(looksAtLease);
  }
}

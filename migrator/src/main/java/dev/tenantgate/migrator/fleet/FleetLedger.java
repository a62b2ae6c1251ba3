package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.RunLog;
import dev.tenantgate.migrator.history.RunLog.Progress;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.session.RegistryAccess;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a run's plan in the registry up to date while it goes on. A few times a second it notes how
 * schemas have ended, and it keeps the run this process's. If the process dies, the histories tell
 * what isn't noted; so nothing waits for the ledger, and a ledger that can't be written never ends
 * a run. Thread-safe.
 */
final class FleetLedger {

  private static final Logger LOG = LoggerFactory.getLogger(FleetLedger.class);

  private static final long PERIOD_MILLIS = 250;

  /** A run learns so soon that somebody has cancelled it. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int MAX_ERROR = 2_000;

  private final SchemaContext context;
  private final long id;
  private final Map<String, RunLog.Row> rows = new HashMap<>();
  private final Queue<RunLog.Row> ended = new ConcurrentLinkedQueue<>();
  private final Duration expiry;
  private final ScheduledExecutorService thread;
  private final CompletableFuture<Boolean> cancelled = new CompletableFuture<>();

  // Confined to the thread.
  private List<RunLog.Row> unwritten = new ArrayList<>();
  private long extendedNanos = System.nanoTime();
  private boolean lost;

  private FleetLedger(SchemaContext context, long id, List<RunLog.Row> plan) {
    this.context = context;
    this.id = id;
    this.expiry = context.settings().leaseTimeout();
    plan.forEach(row -> rows.put(row.schema().schema(), row));
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread worker = new Thread(task, "tenantgate-run-ledger");
              worker.setDaemon(true);
              return worker;
            });
    long period = Math.max(50, Math.min(PERIOD_MILLIS, expiry.toMillis() / 3));
    var unused =
        thread.scheduleWithFixedDelay(this::writeIfDue, period, period, TimeUnit.MILLISECONDS);
  }

  /** Records a run that begins. */
  static FleetLedger begin(SchemaContext context, RunLog.Beginning run, List<RunLog.Row> plan)
      throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      context.sessions().registry().ensure(connection);
      String holder = context.leases().holder();
      Duration expiry = context.settings().leaseTimeout();
      long id;
      try {
        id = RunLog.begin(connection, run, holder, expiry, plan);
      } catch (SQLException e) {
        if (!RegistryAccess.isMissing(e)) {
          throw e;
        }
        context.sessions().registry().forget();
        context.sessions().registry().ensure(connection);
        id = RunLog.begin(connection, run, holder, expiry, plan);
      }
      return new FleetLedger(context, id, plan);
    }
  }

  /** Goes on with a run that this process has claimed. */
  static FleetLedger resume(SchemaContext context, long id, List<RunLog.Row> plan) {
    return new FleetLedger(context, id, plan);
  }

  /** The run's number. */
  long id() {
    return id;
  }

  /** Notes how a schema has ended; what wasn't brought to an end stays to be done. */
  void ended(SchemaOutcome outcome) {
    RunLog.Row row = rows.get(outcome.schema().schema());
    Progress progress = progress(outcome);
    if (row != null && progress != Progress.PENDING) {
      String error = null;
      if (outcome instanceof SchemaOutcome.Failed failed) {
        error = shortened(failed.error());
      } else if (outcome instanceof SchemaOutcome.Unmanaged unmanaged) {
        error = shortened(unmanaged.found().toString());
      }
      ended.add(with(row, progress, error));
    }
  }

  private static RunLog.Row with(RunLog.Row row, Progress progress, @Nullable String error) {
    return new RunLog.Row(row.position(), row.stage(), row.wave(), row.schema(), progress, error);
  }

  private static Progress progress(SchemaOutcome outcome) {
    if (outcome.succeeded()) {
      return Progress.DONE;
    } else if (outcome instanceof SchemaOutcome.Failed
        || outcome instanceof SchemaOutcome.Unmanaged) {
      return Progress.FAILED;
    }
    return outcome instanceof SchemaOutcome.NoSuchSchema ? Progress.GONE : Progress.PENDING;
  }

  private static String shortened(String error) {
    return error.codePointCount(0, error.length()) <= MAX_ERROR
        ? error
        : error.substring(0, error.offsetByCodePoints(0, MAX_ERROR)) + "…";
  }

  /** Notes that a schema isn't there any more. */
  void gone(SchemaRef schema) {
    ended(new SchemaOutcome.NoSuchSchema(schema));
  }

  /** Writes what is left to write, and how the run has ended. */
  void end(RecordedRun.State state, @Nullable String reason) {
    thread.execute(
        () -> {
          write();
          if (!lost) {
            on(
                connection -> {
                  RunLog.end(connection, id, context.leases().holder(), state, reason);
                  return true;
                });
          }
        });
    thread.shutdown();
    boolean interrupted = false;
    try {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (!thread.isTerminated() && System.nanoTime() < deadline) {
        try {
          var unused = thread.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void writeIfDue() {
    long sinceExtended = System.nanoTime() - extendedNanos;
    if (!lost
        && (!ended.isEmpty()
            || !unwritten.isEmpty()
            || sinceExtended > Math.min(LOOK_NANOS, expiry.toNanos() / 3))) {
      write();
    }
  }

  private void write() {
    for (RunLog.Row row = ended.poll(); row != null; row = ended.poll()) {
      unwritten.add(row);
    }
    if (lost) {
      return;
    }
    RunLog.Standing standing =
        on(connection -> RunLog.note(connection, id, context.leases().holder(), expiry, unwritten));
    if (standing == null) {
      return;
    }
    unwritten = new ArrayList<>();
    extendedNanos = System.nanoTime();
    switch (standing) {
      case GOES_ON -> {}
      case CANCELLED -> cancelled.complete(true);
      case LOST -> {
        lost = true;
        LOG.atWarn().addKeyValue("run", id).log("another process has taken over this run's plan");
      }
    }
  }

  /** Completes, on the ledger's thread, when somebody has cancelled the run. */
  CompletionStage<Boolean> cancelled() {
    return cancelled;
  }

  private interface Writing<T> {
    T write(Connection connection) throws SQLException;
  }

  /** The result; null if the registry couldn't be written. */
  private <T> @Nullable T on(Writing<T> writing) {
    try (Connection connection = context.connections().borrow()) {
      return writing.write(connection);
    } catch (SQLException e) {
      lost |= RegistryAccess.isMissing(e);
      LOG.atWarn()
          .addKeyValue("run", id)
          .addKeyValue("error", SqlFailure.of(e).text())
          .log("a run's plan couldn't be brought up to date; the histories are");
      return null;
    }
  }
}

package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.migrator.connection.Recovery;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Runs upgrades of all, each on a thread of its own. Thread-safe. */
final class Rollouts {

  /** read_only_sql_transaction. */
  private static final String READ_ONLY_STATE = "25006";

  private static final String SHUTDOWN_STATE = "57P01";

  private final ExecutorService threads;
  private final Drains drains;
  private final GateEvents listener;

  Rollouts(ExecutorService threads, Drains drains, GateEvents listener) {
    this.threads = threads;
    this.drains = drains;
    this.listener = listener;
  }

  /** Begins one; its outcome tells if it can't. */
  Rollout begin(FleetUpgrade upgrade, FleetUpgrade.Observer observer) {
    if (drains.isReadOnly()) {
      return refused(new SQLException(Recovery.READ_ONLY, READ_ONLY_STATE));
    }
    CompletableFuture<FleetOutcome> outcome = new CompletableFuture<>();
    try {
      // An interrupt cancels the run.
      Future<?> task = threads.submit(() -> run(upgrade, observer, outcome));
      return new Rollout(outcome, () -> task.cancel(true));
    } catch (RejectedExecutionException e) {
      return refused(new SQLException("the gateway is shutting down", SHUTDOWN_STATE, e));
    }
  }

  private static Rollout refused(SQLException reason) {
    return new Rollout(CompletableFuture.failedFuture(reason), () -> {});
  }

  private void run(
      FleetUpgrade upgrade,
      FleetUpgrade.Observer observer,
      CompletableFuture<FleetOutcome> outcome) {
    @Nullable FleetOutcome ended = null;
    listener.rolloutStarted();
    try {
      ended = FleetLog.told(upgrade.run(observer));
      outcome.complete(ended);
    } catch (SQLException | RuntimeException e) {
      outcome.completeExceptionally(e);
    } finally {
      listener.rolloutEnded(ended);
    }
  }
}

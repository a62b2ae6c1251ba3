package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.Migrator;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the registry right from time to time, for those who read that alone. Thread-safe.
 *
 * @param threads where the histories are compared, which blocks
 * @param closed whether the gateway has stopped
 */
record RegistryReconciliation(
    Migrator migrator, HoldTimer timer, Executor threads, BooleanSupplier closed) {

  private static final Logger log = LoggerFactory.getLogger(RegistryReconciliation.class);

  /** How often the registry is compared with the histories. */
  private static final Duration PERIOD = Duration.ofMinutes(10);

  /** Does so after a period, and from then on. */
  void later() {
    timer.after(
        PERIOD,
        () -> {
          try {
            threads.execute(this::reconcile);
          } catch (RejectedExecutionException e) {
            log.debug("the registry isn't compared any more: the gateway is shutting down");
          }
        });
  }

  private void reconcile() {
    try {
      migrator.histories().repairRegistry();
    } catch (SQLException e) {
      if (!closed.getAsBoolean()) {
        log.warn("the registry can't be compared with the histories: {}", e.getMessage());
      }
    }
    later();
  }
}

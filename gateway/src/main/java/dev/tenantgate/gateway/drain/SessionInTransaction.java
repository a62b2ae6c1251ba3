package dev.tenantgate.gateway.drain;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A session that is in a transaction. Immutable.
 *
 * @param tenant whom it counts for; null if it names none
 * @param user its user
 * @param application its {@code application_name}; empty if it has none
 * @param client its address
 * @param backend the process at the server; 0 if that isn't known
 * @param idle whether it does nothing in its transaction at the moment
 * @param duration for how long it has been in the transaction
 */
public record SessionInTransaction(
    @Nullable String tenant,
    String user,
    String application,
    String client,
    int backend,
    boolean idle,
    Duration duration) {

  @Override
  public String toString() {
    return "%suser %s%s, client %s, backend process %d, %s for %.1f s"
        .formatted(
            tenant == null ? "" : "tenant " + tenant + ", ",
            user,
            application.isEmpty() ? "" : ", application " + application,
            client,
            backend,
            idle ? "idle in transaction" : "in transaction",
            duration.toMillis() / 1000.0);
  }
}

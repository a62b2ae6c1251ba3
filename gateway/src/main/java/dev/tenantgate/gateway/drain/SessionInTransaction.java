package dev.tenantgate.gateway.drain;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A session that is in a transaction, or streams replication. Immutable.
 *
 * @param tenant whom it counts for; null if it names none
 * @param user its user
 * @param application its {@code application_name}; empty if it has none
 * @param client its address
 * @param backend the process at the server; 0 if that isn't known
 * @param activity what it does at the moment
 * @param duration for how long it has been in the transaction, or has streamed
 */
public record SessionInTransaction(
    @Nullable String tenant,
    String user,
    String application,
    String client,
    int backend,
    Activity activity,
    Duration duration) {

  /** What a session does, in the words of {@code pg_stat_activity}. */
  public enum Activity {
    ACTIVE("active"),
    IDLE_IN_TRANSACTION("idle in transaction"),
    STREAMING("streaming");

    private final String label;

    Activity(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /** Whether it does nothing in its transaction at the moment. */
  public boolean idle() {
    return activity == Activity.IDLE_IN_TRANSACTION;
  }

  @Override
  public String toString() {
    return "%suser %s%s, client %s, backend process %d, %s for %.1f s"
        .formatted(
            tenant == null ? "" : "tenant " + tenant + ", ",
            user,
            application.isEmpty() ? "" : ", application " + application,
            client,
            backend,
            idle() ? "idle in transaction" : "in transaction",
            duration.toMillis() / 1000.0);
  }
}

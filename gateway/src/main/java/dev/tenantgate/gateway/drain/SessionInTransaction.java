package dev.tenantgate.gateway.drain;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A session that is in a transaction, streams replication or keeps its backend. Immutable.
 *
 * @param tenant whom it counts for; null if it names none
 * @param user its user
 * @param application its {@code application_name}; empty if it has none
 * @param client its address
 * @param backend the process at the server; 0 if that isn't known
 * @param activity what it does at the moment
 * @param duration for how long it has been in the transaction, or has streamed; zero if it is in
 *     none
 * @param pin why it keeps its backend beyond the transaction; null if it doesn't
 */
public record SessionInTransaction(
    @Nullable String tenant,
    String user,
    String application,
    String client,
    int backend,
    Activity activity,
    Duration duration,
    @Nullable Pin pin) {

  /**
   * Why a session keeps its backend beyond its transactions.
   *
   * @param reason as in the metrics
   * @param duration for how long it has kept it
   */
  public record Pin(String reason, Duration duration) {}

  /** Of a session that keeps no backend beyond its transaction. */
  public SessionInTransaction(
      @Nullable String tenant,
      String user,
      String application,
      String client,
      int backend,
      Activity activity,
      Duration duration) {
    this(tenant, user, application, client, backend, activity, duration, null);
  }

  /** The activity of a session, in the words of {@code pg_stat_activity}. */
  public enum Activity {
    ACTIVE("active"),
    IDLE_IN_TRANSACTION("idle in transaction"),
    /** In no transaction, and listed because it keeps its backend all the same. */
    IDLE("idle"),
    STREAMING("streaming");

    private final String label;

    Activity(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /** The same of a session that keeps its backend, if the pin isn't null. */
  public SessionInTransaction pinned(@Nullable Pin why) {
    return new SessionInTransaction(
        tenant, user, application, client, backend, activity, duration, why);
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

package dev.tenantgate.migrator.connection;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A session of the server that a migration waits for, as the server shows it to the migrator's
 * account. Immutable.
 *
 * @param pid its process at the server; 0 is a prepared transaction
 * @param application what it calls itself; null if that isn't shown
 * @param user whose it is; null if that isn't shown
 * @param state {@code active}, {@code idle in transaction} …; null if that isn't shown
 * @param transactionStart since when its transaction is open; null if that isn't shown
 * @param queryStart when its last statement began; null if that isn't shown
 * @param query the beginning of its last statement, in one line; null if that isn't shown
 */
public record Blocker(
    int pid,
    @Nullable String application,
    @Nullable String user,
    @Nullable String state,
    @Nullable Instant transactionStart,
    @Nullable Instant queryStart,
    @Nullable String query) {

  /** {@code pid 4242 (psql, user app, idle in transaction since …): SELECT …}. */
  @Override
  public String toString() {
    if (pid == 0) {
      return "a prepared transaction (see pg_prepared_xacts)";
    }
    StringBuilder text = new StringBuilder("pid ").append(pid).append(" (");
    if (application != null && !application.isBlank()) {
      text.append(application).append(", ");
    }
    if (user != null) {
      text.append("user ").append(user).append(", ");
    }
    text.append(state == null ? "state not shown" : state);
    if (transactionStart != null) {
      text.append(", in a transaction since ").append(seconds(transactionStart));
    }
    if (queryStart != null) {
      text.append(", query begun ").append(seconds(queryStart));
    }
    text.append(')');
    return query == null || query.isBlank() ? text.toString() : text + ": " + query;
  }

  private static Instant seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS);
  }

  /** Several, for a message. */
  public static String describe(List<Blocker> blockers) {
    return blockers.stream().map(Blocker::toString).collect(Collectors.joining("; "));
  }
}

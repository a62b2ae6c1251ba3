package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolOverrides.Bound;
import dev.tenantgate.config.PoolOverrides.Scope;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.PoolSettings.Own;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import java.time.Duration;

/** Errors and notices for clients that get no backend. Stateless. */
final class PoolReports {

  static final Report SHUTTING_DOWN =
      Report.fatal(SqlState.ADMIN_SHUTDOWN, "terminating connection: the gateway is shutting down");

  static final Report SILENT =
      Report.fatal(SqlState.CONNECTION_FAILURE, "the backend doesn't answer")
          .withDetail("It has let the gateway log in, and says no more: timed out.");

  private PoolReports() {}

  static Report queueFull(int most) {
    return error(
        SqlState.TOO_MANY_CONNECTIONS,
        "%d transactions wait for a backend already (pool.max-waiting)".formatted(most));
  }

  static Report timeout(Duration waited, PoolSettings rules, PoolKey key) {
    String database = key.database();
    String user = key.user();
    String detail =
        "The pool has %d backends at most (%s)"
            .formatted(rules.size(), rules.keyOf(Own.SIZE, database, user));
    detail += also("user", rules.overrides().backends(Scope.USER, user));
    detail += also("database", rules.overrides().backends(Scope.DATABASE, database));
    return error(
            SqlState.TOO_MANY_CONNECTIONS,
            "no backend became free within %d ms (%s)"
                .formatted(waited.toMillis(), rules.keyOf(Own.WAIT_TIMEOUT, database, user)))
        .withDetail(detail + ".")
        .withHint("Raise pool.size, or look for transactions that stay open.");
  }

  private static String also(String whose, Bound bound) {
    return bound.most() == 0
        ? ""
        : ", and its %s %d (%s)".formatted(whose, bound.most(), bound.key());
  }

  /** For one who waits its turn. */
  static String waiting(Duration waited, int inFront) {
    return "waiting for a backend for %d s, behind %d others"
        .formatted(waited.toSeconds(), inFront);
  }

  private static Report error(SqlState state, String message) {
    return new Report(Severity.ERROR, state.code(), message, null, null);
  }

  /** Whether the same could go well a moment later: the server has no place left. */
  static boolean isTransient(Report report) {
    return report.sqlState().startsWith("53");
  }
}

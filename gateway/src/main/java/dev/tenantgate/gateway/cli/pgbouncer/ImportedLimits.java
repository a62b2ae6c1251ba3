package dev.tenantgate.gateway.cli.pgbouncer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * PgBouncer's settings of single databases and users, as ours of {@code pool.per-database} and
 * {@code pool.per-user}. Confined to one run.
 *
 * @param put takes one of our settings
 * @param note takes a remark about one of PgBouncer's
 */
record ImportedLimits(BiConsumer<String, String> put, Consumer<String> note) {

  /** How many backends there may be in all by default; no database may have more. */
  private static final int MAX_BACKENDS = 100;

  private static final Map<String, String> OF_DATABASE =
      Map.of(
          "pool_size", "size",
          "min_pool_size", "min-idle",
          "max_db_connections", "max-backends",
          "max_db_client_connections", "max-connections",
          "server_lifetime", "max-lifetime");

  private static final Map<String, String> OF_USER =
      Map.of(
          "pool_size", "size",
          "max_user_connections", "max-backends",
          "max_user_client_connections", "max-connections",
          "query_timeout", "query-timeout",
          "transaction_timeout", "transaction-timeout",
          "idle_transaction_timeout", "idle-transaction-timeout",
          "client_idle_timeout", "client-idle-timeout");

  /**
   * A line of {@code [databases]}.
   *
   * @param line its name there, for remarks
   * @param name the database's at the server; {@code *} for all others
   * @return the parameters that are left
   */
  Map<String, String> database(String line, String name, Map<String, String> parameters) {
    return one("databases." + line, "pool.per-database." + name, parameters, OF_DATABASE);
  }

  /** A line of {@code [users]}; what is left of it has no equal. */
  void user(String name, Map<String, String> parameters) {
    one("users." + name, "pool.per-user." + name, parameters, OF_USER)
        .keySet()
        .forEach(key -> note.accept("users.%s: %s has no equal there".formatted(name, key)));
  }

  private Map<String, String> one(
      String line, String ours, Map<String, String> parameters, Map<String, String> keys) {
    Map<String, String> left = new LinkedHashMap<>(parameters);
    keys.forEach(
        (theirs, key) -> {
          String value = left.remove(theirs);
          if (value != null) {
            take(line + "." + theirs, ours + "." + key, value);
          }
        });
    return left;
  }

  private void take(String theirs, String ours, String value) {
    boolean isTime = ours.endsWith("-timeout") || ours.endsWith("-lifetime");
    if (isTime && Seconds.millis(value) < 0) {
      note.accept("%s: is no number of seconds: %s".formatted(theirs, value));
    } else if (ours.endsWith("-lifetime") && Seconds.millis(value) == 0) {
      note.accept(theirs + ": a connection is used once there; here it has to last");
    } else {
      put.accept(ours, isTime ? Seconds.text(Seconds.millis(value)) : value);
    }
  }

  /** The server connections of each database, for which there is a bound of all together here. */
  void maxDbConnections(String value) {
    if (!value.matches("[0-9]{1,9}") || Integer.parseInt(value) == 0) {
      return;
    }
    put.accept("pool.per-database.*.max-backends", value);
    if (Integer.parseInt(value) > MAX_BACKENDS) {
      put.accept("pool.max-backends", value);
      note.accept("pool.max-backends is for all databases together");
    }
  }
}

package dev.tenantgate.gateway.benchmark;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The schemas that one side works on, made in bulk: each with the small table that the migrations
 * are about. Confined to one thread.
 */
final class TenantSchemas {

  /** In one transaction; each takes nine locks, of some six thousand that there is room for. */
  private static final int AT_ONCE = 250;

  private static final String CATALOGS =
      "pg_class, pg_attribute, pg_namespace, pg_depend, pg_shdepend, pg_index, pg_type,"
          + " pg_constraint";

  private final BenchmarkServer server;
  private final String prefix;
  private int size;

  /**
   * Prepares a fleet that is empty.
   *
   * @param prefix of its schemas' names, a plain identifier
   */
  TenantSchemas(BenchmarkServer server, String prefix) {
    this.server = server;
    this.prefix = prefix;
  }

  int size() {
    return size;
  }

  /** Their names. */
  List<String> names() {
    return names(1, size);
  }

  private List<String> names(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(number -> "%s%05d".formatted(prefix, number))
        .toList();
  }

  /**
   * Makes so many more that there are as many as that.
   *
   * @param furnishing the statements that a schema gets besides, by its name
   */
  void growTo(int target, UnaryOperator<String> furnishing) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET synchronous_commit = off");
      while (size < target) {
        int to = Math.min(size + AT_ONCE, target);
        StringBuilder message = new StringBuilder();
        for (String name : names(size + 1, to)) {
          message
              .append("CREATE SCHEMA %s;\n".formatted(name))
              .append(
                  "CREATE TABLE %s.users (id bigint PRIMARY KEY, email varchar(200));\n"
                      .formatted(name))
              .append(furnishing.apply(name));
        }
        statement.execute(message.toString());
        size = to;
      }
      // As autovacuum would do in the end.
      statement.execute("VACUUM (ANALYZE) " + CATALOGS);
    }
  }
}

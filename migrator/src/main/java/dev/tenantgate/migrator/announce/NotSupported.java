package dev.tenantgate.migrator.announce;

import java.sql.SQLException;
import java.util.Set;

/** Whether a server has LISTEN and NOTIFY; CockroachDB has neither. Stateless. */
final class NotSupported {

  /** feature_not_supported, undefined_function, syntax_error, insufficient_privilege. */
  private static final Set<String> STATES = Set.of("0A000", "42883", "42601", "42501");

  private NotSupported() {}

  static boolean tells(SQLException e) {
    return STATES.contains(String.valueOf(e.getSQLState()));
  }
}

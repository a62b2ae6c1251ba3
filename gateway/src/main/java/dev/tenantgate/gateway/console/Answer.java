package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.protocol.Report;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a command.
 *
 * @param table its rows; null where it has none
 * @param tag of its CommandComplete
 * @param notices told in front of all else
 */
record Answer(@Nullable Table table, String tag, List<Report> notices) {

  /** It is done. */
  static Answer done(String tag) {
    return new Answer(null, tag, List.of());
  }

  /** Rows. */
  static Answer rows(Table table) {
    return new Answer(table, "SHOW", List.of());
  }
}

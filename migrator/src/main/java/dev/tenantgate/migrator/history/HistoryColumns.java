package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.foreign.ForeignTool;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a table called {@code schema_migrations} is ours. At least five tools name theirs so:
 * only the columns tell. Stateless.
 */
final class HistoryColumns {

  private static final Set<String> OURS =
      Set.of(
          "version",
          "name",
          "applied_at",
          "checksum",
          "execution_time_ms",
          "status",
          "error_message");

  private HistoryColumns() {}

  /**
   * A relation of the history's name that isn't our history.
   *
   * @param tool whose it seems to be
   * @param what what it is, in words
   */
  record Foreign(String tool, String what) {

    /** Why it isn't written to. */
    String objection(HistoryName history) {
      return "%s in it belongs to %s (%s); it is left alone".formatted(history, tool, what);
    }

    /** The same, as a part of what is in a schema. */
    String found(HistoryName history) {
      return "%s of %s (%s)".formatted(history, tool, what);
    }
  }

  /**
   * Says what a relation is that isn't our history; null if it is ours.
   *
   * @param kind its {@code relkind}
   * @param columns type by column name, as {@code format_type} has them
   */
  static @Nullable Foreign foreign(String kind, Map<String, String> columns) {
    if (!kind.equals("r") && !kind.equals("p")) {
      return new Foreign("another tool", "it isn't a table");
    }
    String version = columns.getOrDefault("version", "");
    if (columns.keySet().containsAll(OURS)
        && (version.equals("bigint") || version.equals("integer"))) {
      return null;
    }
    return new Foreign(
        owner(columns),
        new TreeMap<>(columns)
            .entrySet().stream()
                .map(column -> column.getKey() + " " + column.getValue())
                .collect(Collectors.joining(", ", "its columns are ", "")));
  }

  private static String owner(Map<String, String> columns) {
    ForeignTool tool = ForeignTool.of(columns);
    return tool == null ? "another tool" : tool.label();
  }
}

package dev.tenantgate.migrator.changelog;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The comments {@code -- Key: value} at the head of an SQL file, down to its first line that is
 * neither blank nor a comment. Immutable.
 *
 * @param values by key, in lower case
 */
record SqlHeader(Map<String, Entry> values) {

  /** A value and the line that it stands in. */
  record Entry(String value, int line) {}

  SqlHeader {
    values = Map.copyOf(values);
  }

  /**
   * Reads a header; where a key stands twice, the first counts.
   *
   * @param marker the line that ends it at the latest; 0 if there is none
   */
  static SqlHeader read(SourceText source, int marker) {
    Map<String, Entry> values = new HashMap<>();
    int end = marker > 0 ? marker : source.lines() + 1;
    for (int line = 1; line < end; line++) {
      String text = source.line(line).strip();
      if (text.isEmpty()) {
        continue;
      }
      if (!text.startsWith("--")) {
        break;
      }
      int colon = text.indexOf(':');
      if (colon > 0) {
        String key = text.substring(2, colon).strip().toLowerCase(Locale.ROOT);
        values.putIfAbsent(key, new Entry(text.substring(colon + 1).strip(), line));
      }
    }
    return new SqlHeader(values);
  }

  /** The value of a key; empty if there is none. */
  String value(String key) {
    Entry entry = values.get(key);
    return entry == null ? "" : entry.value();
  }

  /** The line of a key; 0 if there is none. */
  int line(String key) {
    Entry entry = values.get(key);
    return entry == null ? 0 : entry.line();
  }
}

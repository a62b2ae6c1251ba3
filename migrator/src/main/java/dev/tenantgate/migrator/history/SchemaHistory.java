package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a schema's own table says was done to it. Immutable.
 *
 * @param schema the schema
 * @param exists whether the schema exists at all
 * @param table whether its history table is there
 * @param entries by rising version; empty if there is no table
 * @param unreadable why the history can't be read, such as a table of the same name that belongs to
 *     another tool; such a schema is never written to. Null if it can.
 */
public record SchemaHistory(
    SchemaRef schema,
    boolean exists,
    boolean table,
    List<HistoryEntry> entries,
    @Nullable String unreadable) {

  public SchemaHistory {
    entries = List.copyOf(entries);
  }

  /** A history that can be read. */
  public SchemaHistory(SchemaRef schema, boolean exists, List<HistoryEntry> entries) {
    this(schema, exists, exists && !entries.isEmpty(), entries, null);
  }

  static SchemaHistory noSchema(SchemaRef schema) {
    return new SchemaHistory(schema, false, false, List.of(), null);
  }

  static SchemaHistory noTable(SchemaRef schema) {
    return new SchemaHistory(schema, true, false, List.of(), null);
  }

  static SchemaHistory unreadable(SchemaRef schema, String why) {
    return new SchemaHistory(schema, true, true, List.of(), why);
  }
}

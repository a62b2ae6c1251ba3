package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import java.util.List;

/**
 * What a schema's own table says was done to it. Immutable.
 *
 * @param schema the schema
 * @param exists whether the schema exists at all
 * @param entries by rising version; empty if the schema or its table doesn't exist
 */
public record SchemaHistory(SchemaRef schema, boolean exists, List<HistoryEntry> entries) {

  public SchemaHistory {
    entries = List.copyOf(entries);
  }
}

package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.history.SchemaHistory;

/**
 * What was seen of a schema's history before its run began, so that the first try needn't look
 * again: it takes the lease at once and reads under it.
 */
enum HistorySighting {
  /** Nobody has looked, or what was seen has to be looked at again. */
  NONE,
  /** The table is there and something is pending. */
  TABLE,
  /** The schema is there without a table. */
  NO_TABLE;

  static HistorySighting of(SchemaHistory history) {
    if (!history.exists() || history.unreadable() != null) {
      return NONE;
    }
    return history.table() ? TABLE : NO_TABLE;
  }
}

package dev.tenantgate.migrator.history;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The status of a migration in a history. */
public enum HistoryStatus {
  /** It is applied. */
  SUCCESS,
  /** It failed. */
  FAILED,
  /** Its statements are being committed one by one, or were, until something interrupted that. */
  APPLYING,
  /** The same, of the statements that take it back. */
  REVERTING;

  /** Reads a column; none at all is the column's default, and what isn't known counts as failed. */
  static HistoryStatus of(@Nullable String column) {
    if (column == null) {
      return SUCCESS;
    }
    for (HistoryStatus status : values()) {
      if (status.column().equals(column)) {
        return status;
      }
    }
    return FAILED;
  }

  /** As it stands in the table: {@code success}. */
  public String column() {
    return name().toLowerCase(Locale.ROOT);
  }
}

package dev.tenantgate.migrator.changelog;

import java.util.Locale;

/** How a new migration is written. */
public enum MigrationStyle {
  /** One SQL file with {@code -- UP MIGRATION} and {@code -- DOWN MIGRATION}. */
  MARKERS,
  /** An SQL file, and {@code rollback-005.sql} beside it. */
  ROLLBACK_FILE,
  /** An SQL file, and one of the same name in {@code rollbacks/}. */
  ROLLBACKS_FOLDER,
  /** A Python file with two literals. */
  PYTHON;

  /** As options name it: {@code rollback-file}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

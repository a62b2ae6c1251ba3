package dev.tenantgate.migrator.plan;

import java.util.Locale;

/** Where a schema stands. */
public enum SchemaState {
  /** Has everything that is required. */
  CURRENT,
  /** Lacks migrations. */
  BEHIND,
  /** Is being migrated right now. */
  MIGRATING,
  /** Lacks migrations, and the first of them failed when it was last tried. */
  FAILED,
  /** Has everything that is required, and migrations that the changelog doesn't know. */
  AHEAD,
  /** Its history can't be read. */
  UNKNOWN,
  /** There is something in it, but no history that is understood: nothing is run on it. */
  UNMANAGED;

  /** As it stands in JSON, metrics and messages: {@code current}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}

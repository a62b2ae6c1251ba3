package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;

/** How far a schema is to be brought. */
public sealed interface Target {

  /** Every migration of the changelog. */
  record Latest() implements Target {
    @Override
    public boolean includes(Version version) {
      return true;
    }
  }

  /** Every migration up to and including this version. */
  record UpTo(Version version) implements Target {
    @Override
    public boolean includes(Version other) {
      return other.compareTo(version) <= 0;
    }
  }

  /**
   * Whether a migration is needed to reach the target. A repeatable one is where all that have a
   * version are, since it may build on any of these.
   */
  default boolean includes(Migration migration, Changelog changelog) {
    return migration.isRepeatable()
        ? changelog.latest().map(this::includes).orElse(true)
        : includes(migration.version());
  }

  /** Whether a migration of this version is needed to reach the target. */
  boolean includes(Version version);
}

package dev.tenantgate.migrator.plan;

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

  /** Whether a migration of this version is needed to reach the target. */
  boolean includes(Version version);
}

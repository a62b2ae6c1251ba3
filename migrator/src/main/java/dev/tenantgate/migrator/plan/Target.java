package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.changelog.Version;

/** How far a schema is to be brought. */
public sealed interface Target {

  /** Every migration of the changelog. */
  record Latest() implements Target {}

  /** Every migration up to and including this version. */
  record UpTo(Version version) implements Target {}

  Target LATEST = new Latest();

  /** Whether a migration of this version is needed to reach the target. */
  default boolean includes(Version version) {
    return !(this instanceof UpTo upTo) || version.compareTo(upTo.version()) <= 0;
  }
}

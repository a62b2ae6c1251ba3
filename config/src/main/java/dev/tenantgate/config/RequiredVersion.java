package dev.tenantgate.config;

/** The version that every schema needs. */
public sealed interface RequiredVersion {

  /** Everything in the changelog. */
  record Latest() implements RequiredVersion {
    @Override
    public String toString() {
      return "latest";
    }
  }

  /** Every migration up to this version. */
  record UpTo(long version) implements RequiredVersion {
    public UpTo {
      if (version < 1) {
        throw new IllegalArgumentException("a version is a number from 1 on, was " + version);
      }
    }

    @Override
    public String toString() {
      return Long.toString(version);
    }
  }
}

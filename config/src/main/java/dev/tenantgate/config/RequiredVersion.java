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
    @Override
    public String toString() {
      return Long.toString(version);
    }
  }
}

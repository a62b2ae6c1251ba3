package dev.tenantgate.config;

import java.util.List;

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

  /** A version of several parts: {@code 1.2}. */
  record Dotted(String version) implements RequiredVersion {
    @Override
    public String toString() {
      return version;
    }
  }

  /** These migrations of another tool, by the names that it gives them ({@code required-names}). */
  record Names(List<String> names) implements RequiredVersion {
    public Names {
      names = List.copyOf(names);
    }

    @Override
    public String toString() {
      return String.join(", ", names);
    }
  }

  /** The state that Liquibase calls so ({@code required-tag}). */
  record Tag(String tag) implements RequiredVersion {
    @Override
    public String toString() {
      return "tag " + tag;
    }
  }
}

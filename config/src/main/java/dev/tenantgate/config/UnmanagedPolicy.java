package dev.tenantgate.config;

import java.util.regex.Pattern;

/**
 * The treatment of a schema that has relations, but no history that is understood ({@code
 * migrations.unmanaged}).
 */
public sealed interface UnmanagedPolicy {

  /** It is left alone, and whoever asks is told. */
  record Refuse() implements UnmanagedPolicy {
    @Override
    public String toString() {
      return "refuse";
    }
  }

  /**
   * It counts as having every migration up to a version, which is recorded before later ones run.
   *
   * @param version from 1 on
   */
  record Baseline(long version) implements UnmanagedPolicy {
    public Baseline {
      if (version < 1) {
        throw new IllegalArgumentException("a version is a number from 1 on, was " + version);
      }
    }

    @Override
    public String toString() {
      return "baseline:" + version;
    }
  }

  /** It is migrated from the first migration on, as if nothing were in it. */
  record Migrate() implements UnmanagedPolicy {
    @Override
    public String toString() {
      return "migrate";
    }
  }

  /** The default. */
  UnmanagedPolicy REFUSE = new Refuse();

  /** The treatment before there was a choice. */
  UnmanagedPolicy MIGRATE = new Migrate();

  /** A version after {@code baseline:}, which may have leading zeros as files' names do. */
  Pattern BASELINE = Pattern.compile("baseline: ?([0-9]{1,18})");

  /**
   * Reads {@code refuse}, {@code baseline:7} or {@code migrate}.
   *
   * @throws IllegalArgumentException if it is none of them
   */
  static UnmanagedPolicy parse(String text) {
    String stripped = text.strip();
    var baseline = BASELINE.matcher(stripped);
    if (baseline.matches()) {
      return new Baseline(Long.parseLong(baseline.group(1)));
    }
    return switch (stripped) {
      case "refuse" -> REFUSE;
      case "migrate" -> MIGRATE;
      default -> throw new IllegalArgumentException("must be refuse, baseline:V or migrate");
    };
  }
}

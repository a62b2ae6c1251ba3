package dev.tenantgate.config;

import java.util.List;

/**
 * How much {@code migrate validate} makes of what is valid and unwise ({@code migrations.lint*}).
 *
 * @param level whether it warns or fails. Default {@code warn}.
 * @param ignore the rules that are switched off, by their ids. Default none.
 */
public record LintSettings(Level level, List<String> ignore) {

  /** Warns of everything. */
  public static final LintSettings STANDARD = new LintSettings(Level.WARN, List.of());

  public LintSettings {
    ignore = List.copyOf(ignore);
  }

  /** How findings count. */
  public enum Level {
    /** Warnings. */
    WARN,
    /** Errors. */
    STRICT
  }
}

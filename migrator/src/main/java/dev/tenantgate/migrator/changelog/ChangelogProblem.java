package dev.tenantgate.migrator.changelog;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Something found wrong in the migrations on disk.
 *
 * @param severity whether it can be lived with
 * @param file the file or folder
 * @param line the line in it, from 1; 0 if it isn't about a line
 * @param message what is wrong and what would be right
 * @param rule the rule that found it, which can be switched off; null where there is none
 */
public record ChangelogProblem(
    Severity severity, Path file, int line, String message, @Nullable LintRule rule) {

  /** Something that no rule found and nothing switches off. */
  public ChangelogProblem(Severity severity, Path file, int line, String message) {
    this(severity, file, line, message, null);
  }

  /** How bad it is. */
  public enum Severity {
    /** The changelog can't be used. */
    ERROR,
    /** Worth a look; the changelog can be used. */
    WARNING
  }

  /** The same, as an error. */
  public ChangelogProblem asError() {
    return new ChangelogProblem(Severity.ERROR, file, line, message, rule);
  }

  /** As compilers write it: {@code migrations/00003_add.sql:12: … [rename]}. */
  @Override
  public String toString() {
    return (line > 0 ? file + ":" + line : file.toString())
        + ": "
        + message
        + (rule == null ? "" : " [" + rule.id() + "]");
  }
}

package dev.tenantgate.migrator.changelog;

import java.nio.file.Path;

/**
 * Something found wrong in the migrations on disk.
 *
 * @param severity whether it can be lived with
 * @param file the file or folder
 * @param line the line in it, from 1; 0 if it isn't about a line
 * @param message what is wrong and what would be right
 */
public record ChangelogProblem(Severity severity, Path file, int line, String message) {

  /** How bad it is. */
  public enum Severity {
    /** The changelog can't be used. */
    ERROR,
    /** Worth a look; the changelog can be used. */
    WARNING
  }

  /** As compilers write it: {@code migrations/00003_add.sql:12: …}. */
  @Override
  public String toString() {
    return (line > 0 ? file + ":" + line : file.toString()) + ": " + message;
  }
}

package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parts of a migration's file name: {@code 00001_add_users.sql}. Immutable.
 *
 * @param version its number
 * @param name what stands behind the number, without the extension
 */
record FileName(Version version, String name) {

  private static final Pattern REPEATABLE = Pattern.compile("R__(.+)\\.sql");

  /** Reads a file's name; what is wrong with it is added to the problems. */
  static Optional<FileName> of(Path file, String extension, List<ChangelogProblem> problems) {
    String whole = String.valueOf(file.getFileName());
    Matcher repeatable = REPEATABLE.matcher(whole);
    if (repeatable.matches() && extension.equals(NativeFormat.EXTENSION)) {
      String name = repeatable.group(1);
      return Optional.of(new FileName(Version.repeatable(name), name));
    }
    String stem = whole.substring(0, whole.length() - extension.length());
    int digits = 0;
    while (digits < stem.length() && stem.charAt(digits) >= '0' && stem.charAt(digits) <= '9') {
      digits++;
    }
    boolean wellFormed =
        digits > 0
            && digits + 1 < stem.length()
            && stem.charAt(digits) == '_'
            && whole.endsWith(extension);
    if (!wellFormed) {
      error(
          file,
          "a migration's file is named like 00001_add_users%1$s: a number, _, a name, %1$s"
              .formatted(extension),
          problems);
      return Optional.empty();
    }
    try {
      return Optional.of(
          new FileName(Version.parse(stem.substring(0, digits)), stem.substring(digits + 1)));
    } catch (IllegalArgumentException e) {
      error(file, String.valueOf(e.getMessage()), problems);
      return Optional.empty();
    }
  }

  private static void error(Path file, String message, List<ChangelogProblem> problems) {
    problems.add(new ChangelogProblem(Severity.ERROR, file, 0, message));
  }
}

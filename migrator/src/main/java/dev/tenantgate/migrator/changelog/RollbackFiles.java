package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files that take migrations of one folder back: {@code rollback-005.sql} beside {@code
 * 005_….sql}, or {@code rollbacks/005_….sql} below it. Confined to one reading.
 */
final class RollbackFiles {

  /** The folder of the second kind. */
  static final String FOLDER = "rollbacks";

  private static final Pattern BESIDE =
      Pattern.compile("rollback-([0-9]+)\\.sql", Pattern.CASE_INSENSITIVE);

  private static final Pattern NUMBER = Pattern.compile("0*[1-9][0-9]{0,17}(?![0-9])");

  private final FileBudget budget;
  private final List<ChangelogProblem> problems;
  private final Map<Version, Rollback> byVersion = new HashMap<>();
  private final List<Version> taken = new ArrayList<>();

  private record Rollback(@Nullable String name, SourceText text) {}

  RollbackFiles(FileBudget budget, List<ChangelogProblem> problems) {
    this.budget = budget;
    this.problems = problems;
  }

  /** Whether a file in the folder of migrations is meant to be one of these. */
  static boolean claims(String fileName) {
    return fileName.regionMatches(true, 0, "rollback-", 0, "rollback-".length())
        && fileName.regionMatches(true, fileName.length() - 4, ".sql", 0, 4);
  }

  /** Takes in a file beside the migrations. */
  void addBeside(Path file) {
    Matcher matcher = BESIDE.matcher(String.valueOf(file.getFileName()));
    if (!matcher.matches()) {
      error(file, "a rollback beside its migration is named like rollback-005.sql");
      return;
    }
    try {
      add(Version.parse(matcher.group(1)), null, file);
    } catch (IllegalArgumentException e) {
      error(file, String.valueOf(e.getMessage()));
    }
  }

  /** Takes in a file of the folder {@code rollbacks/}. */
  void addBelow(Path file) {
    FileName.of(file, NativeFormat.EXTENSION, problems)
        .ifPresent(name -> add(name.version(), name.name(), file));
  }

  private void add(Version version, @Nullable String name, Path file) {
    Optional<SourceText> text = SourceText.read(file, budget, problems);
    if (text.isEmpty()) {
      return;
    }
    Rollback earlier = byVersion.putIfAbsent(version, new Rollback(name, text.get()));
    if (earlier != null) {
      error(
          file, "version %s is rolled back by %s already".formatted(version, earlier.text.file()));
    }
  }

  /** The file that takes a migration back; null if there is none. */
  @Nullable SourceText of(FileName migration) {
    Rollback rollback = byVersion.get(migration.version());
    if (rollback == null) {
      return null;
    }
    taken.add(migration.version());
    if (rollback.name != null && !rollback.name.equals(migration.name())) {
      error(
          rollback.text.file(),
          "migration %s is called %s".formatted(migration.version(), migration.name()));
    }
    return rollback.text;
  }

  /** Notes a migration that can't be read: what takes it back isn't to blame. */
  void notRead(Path migration) {
    Matcher matcher = NUMBER.matcher(String.valueOf(migration.getFileName()));
    if (matcher.lookingAt()) {
      taken.add(new Version(Long.parseLong(matcher.group())));
    }
  }

  /** Reports those that take nothing back. */
  void checkAllTaken() {
    byVersion.forEach(
        (version, rollback) -> {
          if (!taken.contains(version)) {
            error(
                rollback.text.file(),
                "there is no migration %s for this to roll back".formatted(version));
          }
        });
  }

  private void error(Path file, String message) {
    problems.add(new ChangelogProblem(Severity.ERROR, file, 0, message));
  }
}

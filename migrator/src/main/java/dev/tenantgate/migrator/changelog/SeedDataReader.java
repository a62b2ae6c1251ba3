package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the SQL files of seed data: folder by folder, each in the order of its files' names. They
 * are held to what holds for migrations, and have their directives. One reading, confined to its
 * thread.
 */
final class SeedDataReader {

  private final FileBudget budget;
  private final @Nullable String environment;
  private final List<ChangelogProblem> problems;
  private final Map<String, Path> names = new HashMap<>();
  private final List<SeedFile> files = new ArrayList<>();

  /**
   * Prepares a reading.
   *
   * @param environment the environment that this is; null if it has no name
   * @param problems takes everything that is wrong
   */
  SeedDataReader(FileBudget budget, @Nullable String environment, List<ChangelogProblem> problems) {
    this.budget = budget;
    this.environment = environment;
    this.problems = problems;
  }

  /** Reads the folders; what is meant for another environment is left out. */
  List<SeedFile> read(List<Path> folders) {
    for (Path folder : folders) {
      List<Path> children = new ArrayList<>();
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, "*.sql")) {
        stream.forEach(children::add);
      } catch (IOException e) {
        error(folder, 0, "this folder of seed data can't be read: " + e.getMessage());
      }
      children.removeIf(child -> nameOf(child).startsWith("."));
      children.sort((a, b) -> nameOf(a).compareTo(nameOf(b)));
      children.forEach(this::readFile);
    }
    return files;
  }

  private static String nameOf(Path file) {
    return String.valueOf(file.getFileName());
  }

  private void readFile(Path file) {
    Path earlier = names.putIfAbsent(nameOf(file).toLowerCase(Locale.ROOT), file);
    if (earlier != null) {
      error(file, 0, "seed data is recorded by its file's name, which %s has".formatted(earlier));
      return;
    }
    Optional<SourceText> read = SourceText.read(file, budget, problems);
    if (read.isEmpty()) {
      return;
    }
    SourceText source = read.get();
    MigrationHeader header = MigrationHeader.ofSql(source, 1, source.lines() + 1);
    Directives directives = new DirectiveReader(file, problems).read(header);
    SqlPart part =
        MigrationSqlCheck.check(
            source.text(), LineMap.from(1), directives, file, Placeholders.NONE, problems);
    if (MigrationSqlCheck.isEmpty(part)) {
      error(file, 1, "there is no statement in this file of seed data");
    } else if (!part.transactional()) {
      error(
          file,
          1,
          "seed data is applied in the transaction that creates its tenant; what can't run in one"
              + " belongs into a migration");
    } else if (directives.isFor(environment)) {
      files.add(new SeedFile(nameOf(file), part, Checksum.of(source.text())));
    }
  }

  private void error(Path file, int line, String message) {
    problems.add(new ChangelogProblem(Severity.ERROR, file, line, message));
  }
}

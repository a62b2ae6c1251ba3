package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the migrations in their folders and reads them, each by the format that claims it. Collects
 * everything that is wrong instead of stopping at the first. One reading, confined to its thread.
 *
 * <p>A location is read itself and in its subfolders {@code public/}, {@code tenant/} and {@code
 * both/}, which give the scope. Names that begin with a dot are left alone, such as the folders of
 * Kubernetes that a mounted ConfigMap's files link to.
 */
public final class ChangelogReader {

  private static final List<MigrationFormat> FORMATS = List.of(new NativeFormat());

  private final List<Path> locations;
  private final MigrationScope defaultScope;
  private final List<Migration> migrations = new ArrayList<>();
  private final List<ChangelogProblem> problems = new ArrayList<>();

  private ChangelogReader(MigrationSettings settings) {
    locations = settings.locations();
    defaultScope = MigrationScope.valueOf(settings.defaultScope().name());
  }

  /** Reads all migrations of the configured locations. */
  public static ChangelogReading read(MigrationSettings settings) {
    return new ChangelogReader(settings).read();
  }

  private ChangelogReading read() {
    if (locations.isEmpty()) {
      problems.add(error(Path.of("."), 0, "migrations.locations names no folder"));
    }
    for (Path location : locations) {
      readFolder(location, null);
    }
    migrations.sort(
        Comparator.comparing(Migration::version).thenComparing(m -> m.source().toString()));
    checkDuplicates();
    checkGaps();
    problems.sort(
        Comparator.comparing((ChangelogProblem problem) -> problem.file().toString())
            .thenComparingInt(ChangelogProblem::line));
    return new ChangelogReading(migrations, problems);
  }

  private void readFolder(Path folder, @Nullable MigrationScope scope) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(children::add);
    } catch (IOException e) {
      String why = Files.exists(folder) ? "can't be read as a folder: " + e : "doesn't exist";
      problems.add(error(folder, 0, "this location of migrations " + why));
      return;
    }
    children.sort(Comparator.naturalOrder());
    for (Path child : children) {
      String name = String.valueOf(child.getFileName());
      if (name.startsWith(".")) {
        continue;
      }
      if (Files.isDirectory(child)) {
        readSubfolder(child, name, scope);
      } else {
        readFile(child, scope);
      }
    }
  }

  private void readSubfolder(Path folder, String name, @Nullable MigrationScope outer) {
    Optional<MigrationScope> scope = MigrationScope.parse(name.toLowerCase(Locale.ROOT));
    if (scope.isPresent() && outer == null) {
      readFolder(folder, scope.get());
    } else {
      problems.add(
          warning(
              folder,
              "this folder isn't read; only public/, tenant/ and both/ directly in a"
                  + " location are"));
    }
  }

  private void readFile(Path file, @Nullable MigrationScope folderScope) {
    Optional<MigrationFormat> format =
        FORMATS.stream().filter(candidate -> candidate.claims(file)).findFirst();
    if (format.isEmpty()) {
      if (!isDocumentation(file)) {
        problems.add(warning(file, "no format of migrations claims this file; it isn't read"));
      }
      return;
    }
    Optional<SourceText> text = SourceText.read(file, problems);
    if (text.isPresent()) {
      format
          .get()
          .read(text.get(), new MigrationFormat.Context(folderScope, defaultScope), problems)
          .ifPresent(migrations::add);
    }
  }

  private static boolean isDocumentation(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.endsWith(".md") || name.endsWith(".txt") || name.startsWith("readme");
  }

  private void checkDuplicates() {
    Map<Version, Migration> seen = new TreeMap<>();
    for (Migration migration : migrations) {
      Migration earlier = seen.putIfAbsent(migration.version(), migration);
      if (earlier != null) {
        problems.add(
            error(
                migration.source(),
                0,
                "version %s is taken by %s; give this file a number of its own"
                    .formatted(migration.version(), earlier.source())));
      }
    }
  }

  /** Numbers that count up leave no gap; those that are dates always do and mean nothing by it. */
  private void checkGaps() {
    for (int i = 1; i < migrations.size(); i++) {
      Migration before = migrations.get(i - 1);
      Migration after = migrations.get(i);
      long step = after.version().number() - before.version().number();
      if (step > 1 && after.version().number() < 1_000_000) {
        problems.add(
            warning(
                after.source(),
                "there is no migration between %s and %s"
                    .formatted(before.version(), after.version())));
      }
    }
  }

  private static ChangelogProblem error(Path file, int line, String message) {
    return new ChangelogProblem(Severity.ERROR, file, line, message);
  }

  private static ChangelogProblem warning(Path file, String message) {
    return new ChangelogProblem(Severity.WARNING, file, 0, message);
  }
}

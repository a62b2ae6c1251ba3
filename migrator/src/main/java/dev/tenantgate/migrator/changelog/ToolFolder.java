package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.MigrationTool.FileFormat;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.changelog.LiquibaseFolder.LiquibaseProblems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The migrations that folders of another tool's files hold: their names and versions. The files'
 * contents are that tool's affair. Confined to one reading.
 */
final class ToolFolder {

  private static final Pattern LABEL =
      Pattern.compile("^\\s+label\\s*=\\s*[\"'](\\w+)[\"']", Pattern.MULTILINE);

  private static final Pattern REPLACES =
      Pattern.compile("^\\s+replaces\\s*=\\s*\\[(.*?)\\]", Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern PAIR =
      Pattern.compile("\\(\\s*[\"'](\\w+)[\"']\\s*,\\s*[\"'](\\w+)[\"']\\s*,?\\s*\\)");

  private final @Nullable String environment;
  private final List<ChangelogProblem> problems;
  private final List<Item> items = new ArrayList<>();
  private @Nullable ToolFormat format;

  /**
   * A migration of another tool.
   *
   * @param identity its version, or its name, as the tool's history has it
   * @param replaces those that it stands for, any of Django's that were squashed
   * @param after those that were applied where it was, by its own word; of Alembic alone
   */
  record Item(String identity, Path file, List<String> replaces, List<String> after) {}

  /**
   * Makes a reader.
   *
   * @param environment this one's name, which Liquibase calls a context; null if none is set
   */
  ToolFolder(@Nullable String environment, List<ChangelogProblem> problems) {
    this.environment = environment;
    this.problems = problems;
  }

  /** Reads them, in the order of their versions. */
  List<Item> read(List<Path> locations, FileFormat setting) {
    List<ToolFiles> all =
        locations.stream().map(location -> ToolFiles.below(location, problems)).toList();
    ToolFormat found = ToolFormat.of(setting);
    ToolFormat whose = found == null ? detected(all) : found;
    format = whose;
    if (whose == null) {
      return List.of();
    }
    all.forEach(files -> take(whose, files));
    if (items.isEmpty() && problems.isEmpty()) {
      error(
          all.get(0).location(),
          "it holds no migration of %s; is migrations.locations the right folder?"
              .formatted(whose.label()));
    }
    if (!whose.isOrderedByItself()) {
      items.sort(Comparator.comparing(Item::identity, VersionText.ORDER));
    }
    checkUnique();
    return items;
  }

  /** The tool that the files are for; null if that isn't known. */
  @Nullable ToolFormat format() {
    return format;
  }

  private @Nullable ToolFormat detected(List<ToolFiles> all) {
    Map<ToolFormat, Path> found = new LinkedHashMap<>();
    all.forEach(files -> ToolDetection.formats(files).forEach(found::putIfAbsent));
    if (found.size() == 1) {
      return found.keySet().iterator().next();
    }
    if (problems.isEmpty()) {
      Path location = all.get(0).location();
      error(
          location,
          found.isEmpty()
              ? "no file in it is known as another tool's migration; name the right folder in"
                  + " migrations.locations, whose files they are in migrations.file-format, or"
                  + " what is required in gate.required"
              : "it holds migrations of more than one tool: %s; say in migrations.file-format which"
                  .formatted(
                      found.entrySet().stream()
                          .map(e -> e.getKey().setting() + " (" + e.getValue() + ")")
                          .collect(Collectors.joining(", "))));
    }
    return null;
  }

  private void take(ToolFormat whose, ToolFiles files) {
    if (whose == ToolFormat.DJANGO) {
      files.files().forEach(this::takeDjango);
      return;
    }
    if (whose == ToolFormat.ALEMBIC) {
      items.addAll(AlembicFolder.read(files));
      return;
    }
    if (whose == ToolFormat.LIQUIBASE) {
      items.addAll(new LiquibaseFolder(files.location(), environment, told()).read(files));
      return;
    }
    if (whose == ToolFormat.PRISMA) {
      files.files().stream()
          .filter(file -> ToolFiles.nameOf(file).equals("migration.sql"))
          .filter(file -> isIn(parent(file).getParent(), files.location()))
          .forEach(file -> add(ToolFiles.nameOf(parent(file)), file));
      return;
    }
    for (Path file : whose.isRecursive() ? files.files() : files.direct()) {
      String identity = whose.identity(ToolFiles.nameOf(file));
      if (identity != null) {
        add(identity, file);
      } else if (whose.parse(ToolFiles.nameOf(file)) == null) {
        misspelt(whose, file);
      }
    }
  }

  private static boolean isIn(@Nullable Path folder, Path location) {
    return location.equals(folder);
  }

  /** A migration of Django's stands in its app's folder of that name. */
  private void takeDjango(Path file) {
    String name = ToolFormat.DJANGO.identity(ToolFiles.nameOf(file));
    Path folder = parent(file);
    if (name == null || !ToolFiles.nameOf(folder).equals("migrations")) {
      return;
    }
    String head = ToolFiles.head(file);
    if (!head.contains("Migration")) {
      return;
    }
    Path app = parent(folder.toAbsolutePath());
    Matcher label = LABEL.matcher(ToolFiles.head(app.resolve("apps.py")));
    String group = label.find() ? label.group(1) : ToolFiles.nameOf(app);
    items.add(new Item(group + "." + name, file, replaced(head), List.of()));
  }

  private static List<String> replaced(String head) {
    List<String> replaced = new ArrayList<>();
    Matcher replaces = REPLACES.matcher(head);
    if (replaces.find()) {
      Matcher pair = PAIR.matcher(replaces.group(1));
      while (pair.find()) {
        replaced.add(pair.group(1) + "." + pair.group(2));
      }
    }
    return replaced;
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }

  private void add(String identity, Path file) {
    if (identity.equals("0") || (format != null && format.isNumbered() && isTooLarge(identity))) {
      error(file, "its version must be a number from 1 to 2^63-1, was " + identity);
    } else {
      items.add(new Item(identity, file, List.of(), List.of()));
    }
  }

  private static boolean isTooLarge(String digits) {
    return VersionText.number(digits) == null;
  }

  /** Flyway passes over V1_x.sql without a word unless it is told to validate names. */
  private void misspelt(ToolFormat whose, Path file) {
    String name = ToolFiles.nameOf(file);
    if (whose == ToolFormat.FLYWAY && name.matches("V[0-9].*\\.sql")) {
      error(
          file,
          "it is no migration of Flyway's by its name, which must be V<version>__<name>.sql, with"
              + " two underscores");
    }
  }

  private void checkUnique() {
    Map<String, Path> seen = new HashMap<>();
    for (Item item : items) {
      Path other = seen.putIfAbsent(item.identity(), item.file());
      if (other != null) {
        error(item.file(), "version %s stands in %s as well".formatted(item.identity(), other));
      }
    }
  }

  private void error(Path file, String message) {
    problems.add(new ChangelogProblem(Severity.ERROR, file, 0, message));
  }

  private LiquibaseProblems told() {
    return new LiquibaseProblems() {
      @Override
      public void error(Path file, String message) {
        ToolFolder.this.error(file, message);
      }

      @Override
      public void warning(Path file, String message) {
        problems.add(new ChangelogProblem(Severity.WARNING, file, 0, message));
      }
    };
  }
}

package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.CheckpointSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.MigrationTool.FileFormat;
import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.JavaMigration;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the migrations in their folders and reads them, each by the format that claims it, and puts
 * those written in Java beside them. Collects everything that is wrong instead of stopping at the
 * first. One reading, confined to its thread.
 *
 * <p>A location is read itself and in its subfolders {@code public/}, {@code tenant/} and {@code
 * both/}, which give the scope; {@code rollbacks/} beside migrations has their ways down. Names
 * that begin with a dot are left alone, such as the folders of Kubernetes that a mounted
 * ConfigMap's files link to.
 */
public final class ChangelogReader {

  private static final List<MigrationFormat> FORMATS =
      List.of(new NativeFormat(), new PythonFormat());

  private static final Pattern NUMBERED =
      Pattern.compile("[0-9]+_.*\\.(?:sql|py)", Pattern.CASE_INSENSITIVE);

  private final List<Path> locations;
  private final MigrationScope defaultScope;
  private final @Nullable String environment;
  private final List<Path> seedFolders;
  private final UnmanagedPolicy unmanaged;
  private final FileFormat fileFormat;
  private final SqlSettings sql;
  private final String history;
  private final @Nullable CheckpointSettings checkpoint;
  private final Set<LintRule> ignored = new HashSet<>();
  private final FileBudget budget = new FileBudget();
  private final List<Migration> migrations = new ArrayList<>();
  private final List<ChangelogProblem> problems = new ArrayList<>();

  private ChangelogReader(MigrationSettings settings) {
    locations = settings.locations();
    environment = settings.environment();
    seedFolders = settings.seedData();
    unmanaged = settings.unmanaged();
    fileFormat = settings.tool().fileFormat();
    sql = settings.sql();
    history = settings.ownHistoryTable();
    checkpoint = settings.checkpoint();
    settings.lint().ignore().forEach(id -> LintRule.parse(id).ifPresent(ignored::add));
    defaultScope = MigrationScope.valueOf(settings.defaultScope().name());
  }

  /**
   * Reads all migrations of the configured locations, and those written in Java that the class path
   * of the calling thread offers.
   */
  public static ChangelogReading read(MigrationSettings settings) {
    return read(settings, ServiceLoader.load(JavaMigration.class));
  }

  /** The same with these that are written in Java. */
  public static ChangelogReading read(
      MigrationSettings settings, Iterable<? extends JavaMigration> written) {
    return new ChangelogReader(settings).read(written);
  }

  private ChangelogReading read(Iterable<? extends JavaMigration> written) {
    if (locations.isEmpty()) {
      problems.add(error(Path.of("."), 0, "migrations.locations names no folder"));
    }
    for (Path location : locations) {
      LocationFormat.of(location, fileFormat, problems)
          .ifPresent(format -> readLocation(location, format.tool()));
    }
    new JavaMigrations(problems).read(written, migrations);
    migrations.sort(
        Comparator.comparing(Migration::version).thenComparing(m -> m.source().toString()));
    ChangelogCheck check = new ChangelogCheck(migrations, environment, problems);
    check.run();
    List<SeedFile> seedData = new SeedDataReader(budget, environment, problems).read(seedFolders);
    leaveOutIgnored();
    Map<Boolean, List<Migration>> here =
        migrations.stream().collect(Collectors.partitioningBy(check::isHere));
    List<Migration> used = here.getOrDefault(true, List.of());
    Checkpoint read =
        checkpoint == null
            ? null
            : new CheckpointReader(checkpoint, sql, history, budget, problems).read(used);
    problems.sort(
        Comparator.comparing((ChangelogProblem problem) -> problem.file().toString())
            .thenComparingInt(ChangelogProblem::line));
    return new ChangelogReading(
        used, here.getOrDefault(false, List.of()), seedData, problems, unmanaged, null, read);
  }

  private void readLocation(Path location, @Nullable ToolFormat tool) {
    if (tool == null) {
      readFolder(location, null);
    } else {
      new ToolReader(
              tool,
              new ToolReader.ReaderTerms(defaultScope, sql, history, budget, migrations, problems))
          .read(location);
    }
  }

  /** Takes out what the settings or the file itself don't want to hear of. */
  private void leaveOutIgnored() {
    Map<Path, Set<LintRule>> byFile = new HashMap<>();
    migrations.forEach(m -> byFile.put(m.source(), m.up().directives().ignored()));
    problems.removeIf(
        problem ->
            problem.rule() != null
                && (ignored.contains(problem.rule())
                    || byFile.getOrDefault(problem.file(), Set.of()).contains(problem.rule())));
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
    children.removeIf(child -> isNoneOfOurs(nameOf(child)) || isCheckpoint(child));
    RollbackFiles rollbacks = new RollbackFiles(budget, problems);
    for (Path child : children) {
      if (Files.isDirectory(child)) {
        if (nameOf(child).equals(RollbackFiles.FOLDER)) {
          readRollbacks(child, rollbacks);
        }
      } else if (RollbackFiles.claims(nameOf(child))) {
        rollbacks.addBeside(child);
      }
    }
    for (Path child : children) {
      if (Files.isDirectory(child)) {
        readSubfolder(child, nameOf(child), scope);
      } else if (!RollbackFiles.claims(nameOf(child))) {
        readFile(child, new MigrationFormat.Context(scope, defaultScope, rollbacks, sql, history));
      }
    }
    rollbacks.checkAllTaken();
  }

  /** Files that are never migrations: hidden ones, and Python's own leftovers. */
  private static boolean isNoneOfOurs(String name) {
    return name.startsWith(".") || name.equals("__pycache__") || name.equals("__init__.py");
  }

  /** The checkpoint's dump may stand beside the migrations. */
  private boolean isCheckpoint(Path file) {
    Path dump = checkpoint == null ? null : checkpoint.dump();
    return dump != null
        && dump.toAbsolutePath().normalize().equals(file.toAbsolutePath().normalize());
  }

  private static String nameOf(Path file) {
    return String.valueOf(file.getFileName());
  }

  private void readRollbacks(Path folder, RollbackFiles rollbacks) {
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      List<Path> files = new ArrayList<>();
      stream.forEach(files::add);
      files.sort(Comparator.naturalOrder());
      files.stream()
          .filter(file -> !isNoneOfOurs(nameOf(file)) && !isDocumentation(file))
          .forEach(rollbacks::addBelow);
    } catch (IOException e) {
      problems.add(error(folder, 0, "this folder of rollbacks can't be read: " + e));
    }
  }

  private void readSubfolder(Path folder, String name, @Nullable MigrationScope outer) {
    if (name.equals(RollbackFiles.FOLDER)) {
      return;
    }
    Optional<MigrationScope> scope = MigrationScope.parse(name.toLowerCase(Locale.ROOT));
    if (scope.isPresent() && outer == null) {
      readFolder(folder, scope.get());
    } else {
      problems.add(
          NUMBERED.matcher(name).matches()
              ? error(folder, 0, "this is a folder, and is named like a migration; rename it")
              : warning(
                  folder,
                  "this folder isn't read; only public/, tenant/ and both/ directly in a"
                      + " location are"));
    }
  }

  private void readFile(Path file, MigrationFormat.Context context) {
    Optional<MigrationFormat> format =
        FORMATS.stream().filter(candidate -> candidate.claims(file)).findFirst();
    if (format.isEmpty()) {
      if (ToolReader.isCode(nameOf(file))) {
        problems.add(error(file, 0, ToolReader.aboutCode("another tool")));
      } else if (!isDocumentation(file)) {
        problems.add(warning(file, "no format of migrations claims this file; it isn't read"));
      }
      return;
    }
    Optional<SourceText> text = SourceText.read(file, budget, problems);
    if (text.isPresent() && text.get().text().startsWith(CheckpointRecord.HEADING)) {
      problems.add(
          warning(
              file, "this is a checkpoint; it counts once migrations.checkpoint.dump names it"));
      return;
    }
    text.flatMap(read -> format.get().read(read, context, problems))
        .ifPresentOrElse(migrations::add, () -> context.rollbacks().notRead(file));
  }

  static boolean isDocumentation(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.endsWith(".md") || name.endsWith(".txt") || name.startsWith("readme");
  }

  private static ChangelogProblem error(Path file, int line, String message) {
    return new ChangelogProblem(Severity.ERROR, file, line, message);
  }

  private static ChangelogProblem warning(Path file, String message) {
    return new ChangelogProblem(Severity.WARNING, file, 0, message, LintRule.UNREAD_FILE);
  }
}

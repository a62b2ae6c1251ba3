package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a location of another tool's migrations as that tool would: Flyway, golang-migrate, dbmate,
 * goose, node-pg-migrate's SQL, Prisma, tern. Its subfolders {@code public/}, {@code tenant/} and
 * {@code both/} give the scope as they do with our own files. One reading, confined to its thread.
 */
final class ToolReader {

  private static final int DEEPEST = 12;

  private static final Pattern CODE =
      Pattern.compile(
          "(?i)(?:[0-9]+[_-]|[VUR][0-9_.]*__).*(?<!\\.d)\\.(?:go|java|class|kt|groovy|py|rb|exs?|php|cs"
              + "|[cm]?[jt]s)");

  private static final Pattern LIKE_A_MIGRATION =
      Pattern.compile("(?i)(?:[0-9]|[VUBR][0-9]*_).*\\.sql");

  private final ToolFormat format;
  private final ReaderTerms terms;
  private final List<ToolFile> files = new ArrayList<>();

  /**
   * The terms of a reading.
   *
   * @param defaultScope of a migration whose file and folder name none
   * @param history what the history is called in every schema
   * @param migrations takes what is read
   * @param problems takes what is wrong
   */
  record ReaderTerms(
      MigrationScope defaultScope,
      SqlSettings sql,
      String history,
      FileBudget budget,
      List<Migration> migrations,
      List<ChangelogProblem> problems) {

    void error(Path file, int line, String message) {
      problems.add(new ChangelogProblem(Severity.ERROR, file, line, message));
    }

    void warning(Path file, String message, LintRule rule) {
      problems.add(new ChangelogProblem(Severity.WARNING, file, 0, message, rule));
    }

    Optional<SourceText> text(Path file) {
      return SourceText.read(file, budget, problems);
    }
  }

  /**
   * A file of a location.
   *
   * @param scope from the folder it is in; null if that says nothing
   */
  record ToolFile(Path path, @Nullable MigrationScope scope) {
    String name() {
      return String.valueOf(path.getFileName());
    }
  }

  ToolReader(ToolFormat format, ReaderTerms terms) {
    this.format = format;
    this.terms = terms;
  }

  /** Reads all of a location. */
  void read(Path location) {
    find(location, null, 0);
    List<ToolFile> unread =
        switch (format) {
          case FLYWAY -> new FlywayFiles(terms).read(files);
          case GOLANG_MIGRATE -> new GolangMigrateFiles(terms).read(files);
          case DBMATE, GOOSE, TERN, NODE_PG_MIGRATE -> new MarkedFiles(format, terms).read(files);
          case PRISMA -> new PrismaFiles(terms).read(files);
          case RAILS,
              ECTO,
              ATLAS,
              DJANGO,
              ALEMBIC,
              LIQUIBASE,
              TYPEORM,
              KNEX,
              SEQUELIZE,
              LARAVEL,
              ENTITY_FRAMEWORK,
              NUMBERED ->
              files;
        };
    unread.forEach(this::unread);
  }

  /** Whether files of a format are read here. */
  static boolean reads(ToolFormat format) {
    return switch (format) {
      case FLYWAY, GOLANG_MIGRATE, DBMATE, GOOSE, TERN, NODE_PG_MIGRATE, PRISMA -> true;
      case RAILS,
          ECTO,
          ATLAS,
          DJANGO,
          ALEMBIC,
          LIQUIBASE,
          TYPEORM,
          KNEX,
          SEQUELIZE,
          LARAVEL,
          ENTITY_FRAMEWORK,
          NUMBERED ->
          false;
    };
  }

  /** Whether a file is a migration that is written in a programming language. */
  static boolean isCode(String name) {
    return CODE.matcher(name).matches();
  }

  /** The error about a migration that is code. */
  static String aboutCode(String tool) {
    return "this migration is code, which %s runs; only those in SQL are read here: write it in SQL,"
            .formatted(tool)
        + " as a JavaMigration, or let the tool migrate (migrations.tool: external)";
  }

  private void find(Path folder, @Nullable MigrationScope scope, int depth) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(children::add);
    } catch (IOException e) {
      String why = Files.exists(folder) ? "can't be read as a folder: " + e : "doesn't exist";
      terms.error(folder, 0, "this location of migrations " + why);
      return;
    }
    children.sort(Comparator.naturalOrder());
    for (Path child : children) {
      String name = String.valueOf(child.getFileName());
      if (name.startsWith(".")) {
        continue;
      }
      if (!Files.isDirectory(child)) {
        files.add(new ToolFile(child, scope));
      } else {
        Optional<MigrationScope> named = MigrationScope.parse(name.toLowerCase(Locale.ROOT));
        if (named.isPresent() && scope == null) {
          find(child, named.get(), depth + 1);
        } else if (format == ToolFormat.FLYWAY && depth < DEEPEST) {
          find(child, scope, depth + 1);
        } else if (format == ToolFormat.PRISMA && PrismaFiles.isMigration(child)) {
          find(child, scope, depth + 1);
        } else {
          terms.warning(
              child,
              "this folder isn't read; " + format.label() + " reads none",
              LintRule.UNREAD_FILE);
        }
      }
    }
  }

  private void unread(ToolFile file) {
    String name = file.name();
    if (isCode(name) && !name.endsWith("_test.go")) {
      terms.error(file.path(), 0, aboutCode(format.label()));
    } else if (LIKE_A_MIGRATION.matcher(name).matches()) {
      terms.error(
          file.path(),
          0,
          "the other files here are %s's, and this name is none of its migrations'; rename it, or"
                  .formatted(format.label())
              + " say in migrations.file-format whose files these are");
    } else if (!ChangelogReader.isDocumentation(file.path())) {
      terms.warning(
          file.path(),
          "this is no migration of %s by its name; it isn't read".formatted(format.label()),
          LintRule.UNREAD_FILE);
    }
  }
}

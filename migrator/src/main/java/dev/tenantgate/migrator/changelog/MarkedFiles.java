package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolReader.ReaderTerms;
import dev.tenantgate.migrator.changelog.ToolReader.ToolFile;
import dev.tenantgate.migrator.sql.SqlScript;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files that hold both ways, parted by comments: those of dbmate, goose, tern and node-pg-migrate.
 * Confined to one reading.
 */
final class MarkedFiles {

  private final ToolFormat format;
  private final ReaderTerms terms;
  private final Map<String, String> environment;
  private final List<ToolFile> taken = new ArrayList<>();
  private final List<String> prefixes = new ArrayList<>();

  MarkedFiles(ToolFormat format, ReaderTerms terms) {
    this(format, terms, System.getenv());
  }

  MarkedFiles(ToolFormat format, ReaderTerms terms, Map<String, String> environment) {
    this.format = format;
    this.terms = terms;
    this.environment = environment;
  }

  /** Reads them; answers those that are none. */
  List<ToolFile> read(List<ToolFile> files) {
    List<ToolFile> unread = new ArrayList<>();
    for (ToolFile file : files) {
      ToolFileName name = format.parse(file.name());
      if (name != null && name.isSql() && isNamed(name)) {
        taken.add(file);
        prefixes.add(name.version());
        terms.text(file.path()).ifPresent(text -> read(file, text, name.version(), name.name()));
      } else {
        unread.add(file);
      }
    }
    if (format == ToolFormat.NODE_PG_MIGRATE) {
      NodePgPrefixes.check(taken, prefixes, terms);
    }
    return unread;
  }

  /** Only dbmate does without words behind the number. */
  private boolean isNamed(ToolFileName name) {
    return format == ToolFormat.DBMATE || !name.name().isEmpty();
  }

  private void read(ToolFile file, SourceText source, String digits, String name) {
    MarkedText marks = MarkedText.of(source, format, file.path(), terms);
    if (!checkMarks(file, source, marks)) {
      return;
    }
    Optional<Version> version = ToolMigration.version(file, digits, terms);
    ToolMigration migration =
        new ToolMigration(
            file, source, Placeholders.of(terms.sql(), false, file.path(), terms.history()), terms);
    SqlPart up =
        migration.part(
            text(source, marks, marks.upFrom(), marks.upTo()),
            marks.upFrom(),
            marks.upWithoutTransaction());
    SqlPart down = marks.downFrom() == 0 ? null : down(migration, source, marks);
    if (down == null || MigrationSqlCheck.isEmpty(down)) {
      ToolMigration.warnOfMissingDown(file, "nothing stands behind a marker for it", terms);
    }
    migration.add(version, name, up, down, marks.upFrom(), marks.upTo());
  }

  private @Nullable SqlPart down(ToolMigration migration, SourceText source, MarkedText marks) {
    return migration.part(
        text(source, marks, marks.downFrom(), marks.downTo()),
        marks.downFrom(),
        marks.downWithoutTransaction());
  }

  private String text(SourceText source, MarkedText marks, int from, int to) {
    String text = source.text().substring(source.lineStart(from), source.lineStart(to));
    return marks.substituted().isEmpty()
        ? text
        : new GooseVariables(environment, source.file(), terms)
            .substituted(text, from, marks.substituted());
  }

  private boolean checkMarks(ToolFile file, SourceText source, MarkedText marks) {
    if (marks.upFrom() == 0) {
      String marker = format == ToolFormat.GOOSE ? "-- +goose Up" : "-- migrate:up";
      terms.error(
          file.path(),
          0,
          "there is no line \"%s\", which each of %s's migrations has; rename a file of another kind,"
                  .formatted(marker, format.label())
              + " or say in migrations.file-format whose files these are");
      return false;
    }
    boolean startsInFile = format == ToolFormat.TERN || marks.upFrom() == 1;
    if (!startsInFile) {
      SqlScript before =
          SqlScript.scan(source.text().substring(0, source.lineStart(marks.upFrom())));
      if (!before.statements().isEmpty()) {
        terms.error(
            file.path(),
            before.statements().get(0).line(),
            "this stands before the marker of the way up and would never run");
      }
    }
    return true;
  }
}

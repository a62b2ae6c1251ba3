package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A migration's way down, wherever it stands: in its own file, or in a rollback's. Stateless. */
final class RollbackPart {

  private RollbackPart() {}

  /**
   * Chooses the way down; what is wrong is added to the problems.
   *
   * @param own the one in the migration's own file; null if that has none
   * @param marker the line that marks a way down in the migration's own file; 0 if none does
   * @return null if there is none at all
   */
  static @Nullable SqlPart of(
      MigrationFormat.Context context,
      FileName migration,
      Path file,
      @Nullable SqlPart own,
      int marker,
      List<ChangelogProblem> problems) {
    if (migration.version().isRepeatable()) {
      if (own != null) {
        problems.add(
            new ChangelogProblem(
                Severity.ERROR, file, own.firstLine(), "a repeatable migration has no way down"));
      }
      return null;
    }
    SourceText text = context.rollbacks().of(migration);
    if (text == null) {
      if (own == null) {
        String message =
            marker > 0
                ? "there is no statement behind the DOWN MIGRATION marker"
                : "this migration has no way down (no DOWN MIGRATION marker, no rollback file)";
        problems.add(
            new ChangelogProblem(Severity.WARNING, file, marker, message, LintRule.MISSING_DOWN));
      }
      return own;
    }
    if (own != null) {
      problems.add(
          new ChangelogProblem(
              Severity.ERROR,
              text.file(),
              0,
              "%s has a way down of its own; keep one of the two".formatted(file.getFileName())));
      return own;
    }
    return read(text, context, problems);
  }

  private static @Nullable SqlPart read(
      SourceText text, MigrationFormat.Context context, List<ChangelogProblem> problems) {
    BitSet within = text.linesWithin();
    for (int line = 1; line <= text.lines(); line++) {
      String comment = text.line(line).strip();
      if (!within.get(line)
          && comment.startsWith("--")
          && SqlMarker.of(comment) != SqlMarker.NONE) {
        problems.add(
            new ChangelogProblem(
                Severity.ERROR, text.file(), line, "a rollback file is all way down, unmarked"));
      }
    }
    MigrationHeader header = MigrationHeader.ofSql(text, 1, text.lines() + 1);
    Directives directives = new DirectiveReader(text.file(), problems).read(header);
    SqlPart down =
        MigrationSqlCheck.check(
            text.text(),
            LineMap.from(1),
            directives,
            text.file(),
            context.placeholders(text.file()),
            problems);
    if (MigrationSqlCheck.isEmpty(down)) {
      problems.add(
          new ChangelogProblem(
              Severity.WARNING, text.file(), 0, "there is no statement in this rollback"));
      return null;
    }
    return down;
  }
}

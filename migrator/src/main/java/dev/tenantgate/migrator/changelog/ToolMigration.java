package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolReader.ReaderTerms;
import dev.tenantgate.migrator.changelog.ToolReader.ToolFile;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a migration of a file of another tool. Of our own comments those about scope and directives
 * count in it, too. Confined to one reading.
 */
final class ToolMigration {

  static final Directives NO_TRANSACTION =
      new Directives(null, null, false, true, Set.of(), Set.of());

  private final ToolFile file;
  private final SourceText source;
  private final ReaderTerms terms;
  private final Placeholders placeholders;
  private final MigrationMetadata metadata;

  ToolMigration(ToolFile file, SourceText source, Placeholders placeholders, ReaderTerms terms) {
    this.file = file;
    this.source = source;
    this.terms = terms;
    this.placeholders = placeholders;
    MigrationFormat.Context context =
        new MigrationFormat.Context(
            file.scope(),
            terms.defaultScope(),
            new RollbackFiles(terms.budget(), terms.problems()),
            terms.sql(),
            terms.history());
    MigrationHeader header =
        MigrationHeader.ofSql(source, 1, source.lines() + 1)
            .without("dependencies", "migration_dependencies", "migration_version");
    metadata = MigrationMetadata.read(header, file.path(), context, terms.problems());
  }

  /** A part of the file, from one line to before another. */
  SqlPart part(int from, int to, boolean noTransaction) {
    return part(
        source.text().substring(source.lineStart(from), source.lineStart(to)), from, noTransaction);
  }

  /** The same of a text that takes its place, line by line. */
  SqlPart part(String text, int from, boolean noTransaction) {
    Directives directives =
        noTransaction ? metadata.directives().orElse(NO_TRANSACTION) : metadata.directives();
    return MigrationSqlCheck.check(
        text,
        LineMap.from(from),
        directives,
        file.path(),
        placeholders,
        new PgDump(terms.sql().dumpSchema(), metadata.scope(), terms.history()),
        terms.problems());
  }

  /** All of the file. */
  SqlPart whole(boolean noTransaction) {
    return part(1, source.lines() + 1, noTransaction);
  }

  /**
   * Takes in the migration.
   *
   * @param version as the file's name has it; of one part or several
   * @param from the first line of the way up
   * @param to the line behind its last
   */
  void add(
      Optional<Version> version,
      String name,
      SqlPart up,
      @Nullable SqlPart down,
      int from,
      int to) {
    if (MigrationSqlCheck.isEmpty(up)) {
      terms.error(file.path(), from, "there is no statement to apply in this file");
    }
    SqlPart way = down == null || MigrationSqlCheck.isEmpty(down) ? null : down;
    String checksum =
        Checksum.of(source.original(), source.originalStart(from), source.originalStart(to));
    version.ifPresent(
        number ->
            terms
                .migrations()
                .add(
                    new Migration(
                        number,
                        name,
                        metadata.scope(),
                        metadata.description(),
                        up,
                        way,
                        checksum,
                        file.path(),
                        List.of())));
  }

  /** The version that a file's name has. */
  static Optional<Version> version(ToolFile file, String text, ReaderTerms terms) {
    try {
      return Optional.of(Version.ofParts(text));
    } catch (IllegalArgumentException e) {
      terms.error(file.path(), 0, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** Says that nothing takes it back. */
  static void warnOfMissingDown(ToolFile file, String where, ReaderTerms terms) {
    terms.warning(
        file.path(), "this migration has no way down (%s)".formatted(where), LintRule.MISSING_DOWN);
  }
}

package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.python.PythonLexer;
import dev.tenantgate.migrator.python.PythonSyntaxException;
import dev.tenantgate.migrator.python.PythonToken;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Python files: {@code 003_add_user_avatar.py} with {@code UPGRADE_SQL} and {@code DOWNGRADE_SQL}
 * as plain string literals and {@code # MIGRATION_SCOPE: tenant} and such in comments or the
 * docstring. The file is read, never run; one that computes its SQL is refused. Stateless.
 */
final class PythonFormat implements MigrationFormat {

  static final String EXTENSION = ".py";

  @Override
  public boolean claims(Path file) {
    return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(EXTENSION);
  }

  @Override
  public Optional<Migration> read(
      SourceText text, Context context, List<ChangelogProblem> problems) {
    Optional<FileName> name = FileName.of(text.file(), EXTENSION, problems);
    try {
      List<PythonToken> tokens = PythonLexer.scan(universalNewlines(text));
      PythonMigration module = PythonMigration.of(tokens);
      MigrationMetadata metadata = metadata(module, text.file(), context, problems);
      SqlPart up = part(module.upgrade(), metadata, text.file(), context, problems);
      if (MigrationSqlCheck.isEmpty(up)) {
        error(problems, text.file(), up.firstLine(), "there is no statement in UPGRADE_SQL");
      }
      PythonMigration.Sql downgrade = module.downgrade();
      SqlPart down =
          downgrade == null ? null : down(downgrade, metadata, text.file(), context, problems);
      return name.map(
          n ->
              new Migration(
                  n.version(),
                  n.name(),
                  metadata.scope(),
                  metadata.description().isEmpty() ? module.summary() : metadata.description(),
                  up,
                  RollbackPart.of(context, n, text.file(), down, 0, problems),
                  Checksum.of(module.upgrade().text().text()),
                  text.file(),
                  metadata.dependencies()));
    } catch (PythonSyntaxException e) {
      error(problems, text.file(), e.line(), String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** Python reads every kind of line end as LF, in string literals too. */
  private static String universalNewlines(SourceText source) {
    return source.text().replace("\r\n", "\n").replace('\r', '\n');
  }

  private static MigrationMetadata metadata(
      PythonMigration module, Path file, Context context, List<ChangelogProblem> problems) {
    MigrationHeader header = MigrationHeader.of(module.comments());
    if (header.find("migration_scope") == null && context.folderScope() == null) {
      error(
          problems,
          file,
          0,
          "this migration doesn't say its scope; add a comment # MIGRATION_SCOPE: public, tenant"
              + " or both");
    }
    return MigrationMetadata.read(header, file, context, problems);
  }

  private static SqlPart part(
      PythonMigration.Sql sql,
      MigrationMetadata metadata,
      Path file,
      Context context,
      List<ChangelogProblem> problems) {
    return MigrationSqlCheck.check(
        sql.text().text(),
        LineMap.of(sql.text().lines()),
        metadata.directives(),
        file,
        context.placeholders(file),
        problems);
  }

  private static @Nullable SqlPart down(
      PythonMigration.Sql sql,
      MigrationMetadata metadata,
      Path file,
      Context context,
      List<ChangelogProblem> problems) {
    SqlPart down = part(sql, metadata, file, context, problems);
    return MigrationSqlCheck.isEmpty(down) ? null : down;
  }

  private static void error(List<ChangelogProblem> problems, Path file, int line, String message) {
    problems.add(new ChangelogProblem(Severity.ERROR, file, line, message));
  }
}

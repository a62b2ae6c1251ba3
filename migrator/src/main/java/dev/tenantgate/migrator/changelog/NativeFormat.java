package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.sql.SqlScript;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * SQL files: {@code 00001_name.sql}, the way up behind a line {@code -- UP MIGRATION}, the way down
 * behind a line {@code -- DOWN MIGRATION}, comments {@code -- Key: value} at the head. A file
 * without markers is all way up; its way down stands in a {@linkplain RollbackFiles file of its
 * own}, if anywhere. Stateless.
 */
final class NativeFormat implements MigrationFormat {

  static final String EXTENSION = ".sql";

  @Override
  public boolean claims(Path file) {
    return fileName(file).toLowerCase(Locale.ROOT).endsWith(EXTENSION);
  }

  @Override
  public Optional<Migration> read(
      SourceText text, Context context, List<ChangelogProblem> problems) {
    return new OneFile(text, context, problems).read();
  }

  private static String fileName(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** A file while it is read. */
  private static final class OneFile {

    private final SourceText source;
    private final Context context;
    private final List<ChangelogProblem> problems;
    private int upMarker;
    private int downMarker;
    private MigrationScope scope = MigrationScope.TENANT;

    OneFile(SourceText source, Context context, List<ChangelogProblem> problems) {
      this.source = source;
      this.context = context;
      this.problems = problems;
    }

    Optional<Migration> read() {
      findMarkers();
      int headerEnd = upMarker > 0 ? upMarker : downMarker > 0 ? downMarker : source.lines() + 1;
      MigrationHeader header = MigrationHeader.ofSql(source, 1, headerEnd);
      MigrationMetadata metadata = MigrationMetadata.read(header, source.file(), context, problems);
      checkForgottenSql();
      int upTo = downMarker > upMarker ? downMarker : source.lines() + 1;
      scope = metadata.scope();
      SqlPart up = part(upMarker + 1, upTo, metadata.directives());
      if (MigrationSqlCheck.isEmpty(up)) {
        error(Math.max(1, upMarker), "there is no statement to apply in this file");
      }
      Optional<FileName> name = FileName.of(source.file(), EXTENSION, problems);
      return name.map(n -> migration(n, metadata, up));
    }

    private Migration migration(FileName name, MigrationMetadata metadata, SqlPart up) {
      SqlPart down = downMarker == 0 ? null : down(metadata.directives());
      int upTo = downMarker > upMarker ? downMarker : source.lines() + 1;
      return new Migration(
          name.version(),
          name.name(),
          metadata.scope(),
          metadata.description(),
          up,
          RollbackPart.of(context, name, source.file(), down, downMarker, problems),
          Checksum.of(
              source.original(), source.originalStart(upMarker + 1), source.originalStart(upTo)),
          source.file(),
          metadata.dependencies());
    }

    /** The statements of some lines; directives right behind the marker are theirs alone. */
    private SqlPart part(int from, int to, Directives ofFile) {
      Directives directives = ofFile;
      if (from > 1) {
        MigrationHeader own = MigrationHeader.ofSql(source, from, to);
        directives = new DirectiveReader(source.file(), problems).read(own).orElse(ofFile);
      }
      return MigrationSqlCheck.check(
          text(from, to),
          LineMap.from(from),
          directives,
          source.file(),
          context.placeholders(source.file()),
          new PgDump(context.sql().dumpSchema(), scope, context.history()),
          problems);
    }

    private String text(int from, int to) {
      return source.text().substring(source.lineStart(from), source.lineStart(to));
    }

    private void findMarkers() {
      BitSet quoted = source.linesWithin();
      for (int line = 1; line <= source.lines(); line++) {
        String text = source.line(line).strip();
        if (!text.startsWith("--") || quoted.get(line)) {
          continue;
        }
        switch (SqlMarker.of(text)) {
          case UP -> markUp(line);
          case DOWN -> markDown(line);
          case FOREIGN ->
              error(
                  line,
                  "this marker is another tool's; the way up begins behind a line"
                      + " \"-- UP MIGRATION\", the way down behind a line \"-- DOWN MIGRATION\"");
          case NONE -> {}
        }
      }
    }

    private void markUp(int line) {
      if (upMarker > 0) {
        error(line, "a second UP MIGRATION marker; the first is in line " + upMarker);
      } else if (downMarker > 0) {
        error(line, "UP MIGRATION must stand before DOWN MIGRATION");
      } else {
        upMarker = line;
      }
    }

    private void markDown(int line) {
      if (downMarker > 0) {
        error(line, "a second DOWN MIGRATION marker; the first is in line " + downMarker);
      } else {
        downMarker = line;
      }
    }

    private void checkForgottenSql() {
      if (upMarker > 0) {
        SqlScript before = SqlScript.scan(source.text().substring(0, source.lineStart(upMarker)));
        if (!before.statements().isEmpty()) {
          error(
              before.statements().get(0).line(),
              "this stands before the UP MIGRATION marker and would never run");
        }
      }
    }

    private @Nullable SqlPart down(Directives ofFile) {
      SqlPart down = part(downMarker + 1, source.lines() + 1, ofFile);
      return MigrationSqlCheck.isEmpty(down) ? null : down;
    }

    private void error(int line, String message) {
      problems.add(new ChangelogProblem(Severity.ERROR, source.file(), line, message));
    }
  }
}

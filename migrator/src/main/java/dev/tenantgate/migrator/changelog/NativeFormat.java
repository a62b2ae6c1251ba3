package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.sql.SqlScript;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tenantgate's own format: {@code 00001_name.sql}, the way up behind a line {@code -- UP
 * MIGRATION}, the way down behind a line {@code -- DOWN MIGRATION}, comments {@code -- Key: value}
 * at the head. A file without markers is all way up. Stateless.
 */
final class NativeFormat implements MigrationFormat {

  private static final String EXTENSION = ".sql";

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

    OneFile(SourceText source, Context context, List<ChangelogProblem> problems) {
      this.source = source;
      this.context = context;
      this.problems = problems;
    }

    Optional<Migration> read() {
      findMarkers();
      SqlHeader header = SqlHeader.read(source, upMarker > 0 ? upMarker : downMarker);
      checkForgottenSql();
      MigrationScope scope = scope(header);
      int upFrom = upMarker + 1;
      int upTo = downMarker > upMarker ? downMarker : source.lines() + 1;
      String upText = source.text().substring(source.lineStart(upFrom), source.lineStart(upTo));
      SqlPart up = MigrationSqlCheck.check(upText, upFrom, source.file(), problems);
      if (MigrationSqlCheck.isEmpty(up)) {
        error(upMarker, "there is no statement to apply in this file");
      }
      SqlPart down = down();
      Optional<Name> name = name();
      return name.map(
          n ->
              new Migration(
                  n.version(),
                  n.name(),
                  scope,
                  header.value("description"),
                  up,
                  down,
                  Checksum.of(upText),
                  source.file()));
    }

    private void findMarkers() {
      for (int line = 1; line <= source.lines(); line++) {
        String text = source.line(line).strip();
        if (!text.startsWith("--")) {
          continue;
        }
        switch (Marker.of(text)) {
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

    private @Nullable SqlPart down() {
      if (downMarker == 0) {
        warning(0, "this migration has no way down (no DOWN MIGRATION marker)");
        return null;
      }
      SqlPart down =
          MigrationSqlCheck.check(
              source.text().substring(source.lineStart(downMarker + 1)),
              downMarker + 1,
              source.file(),
              problems);
      if (MigrationSqlCheck.isEmpty(down)) {
        warning(downMarker, "there is no statement behind the DOWN MIGRATION marker");
        return null;
      }
      return down;
    }

    private MigrationScope scope(SqlHeader header) {
      MigrationScope folder = context.folderScope();
      MigrationScope fallback = folder == null ? context.defaultScope() : folder;
      String label = header.value("migration_scope");
      if (label.isEmpty()) {
        return fallback;
      }
      int line = header.line("migration_scope");
      Optional<MigrationScope> scope = MigrationScope.parse(label.toLowerCase(Locale.ROOT));
      if (scope.isEmpty()) {
        error(line, "MIGRATION_SCOPE is public, tenant or both, was \"%s\"".formatted(label));
        return fallback;
      }
      if (folder != null && folder != scope.get()) {
        error(
            line,
            "MIGRATION_SCOPE is %s, but the file is in the folder %s/; move it or change the scope"
                .formatted(scope.get().label(), folder.label()));
      }
      return scope.get();
    }

    private Optional<Name> name() {
      String file = fileName(source.file());
      String stem = file.substring(0, file.length() - EXTENSION.length());
      int digits = 0;
      while (digits < stem.length() && stem.charAt(digits) >= '0' && stem.charAt(digits) <= '9') {
        digits++;
      }
      boolean wellFormed =
          digits > 0
              && digits + 1 < stem.length()
              && stem.charAt(digits) == '_'
              && file.endsWith(EXTENSION);
      if (!wellFormed) {
        error(0, "a migration's file is named like 00001_add_users.sql: a number, _, a name, .sql");
        return Optional.empty();
      }
      try {
        return Optional.of(
            new Name(Version.parse(stem.substring(0, digits)), stem.substring(digits + 1)));
      } catch (IllegalArgumentException e) {
        error(0, String.valueOf(e.getMessage()));
        return Optional.empty();
      }
    }

    private void error(int line, String message) {
      problems.add(new ChangelogProblem(Severity.ERROR, source.file(), line, message));
    }

    private void warning(int line, String message) {
      problems.add(new ChangelogProblem(Severity.WARNING, source.file(), line, message));
    }
  }

  /** What a file's name says. */
  private record Name(Version version, String name) {}

  /** What a comment line marks. */
  private enum Marker {
    UP,
    DOWN,
    /** A marker of dbmate, goose, tern: its way down would be run as part of the way up. */
    FOREIGN,
    NONE;

    static Marker of(String commentLine) {
      String words = normalized(commentLine);
      return switch (words) {
        case "up migration" -> UP;
        case "down migration" -> DOWN;
        default ->
            words.startsWith("migrate:")
                    || words.startsWith("+goose ")
                    || words.contains("create above / drop below")
                ? FOREIGN
                : NONE;
      };
    }

    /** In lower case, without dashes and colons around it, single blanks within. */
    private static String normalized(String line) {
      StringBuilder words = new StringBuilder();
      boolean blank = false;
      for (int i = 0; i < line.length(); i++) {
        char c = line.charAt(i);
        boolean frame = c == '-' || Character.isWhitespace(c);
        if (frame) {
          blank = words.length() > 0;
        } else {
          if (blank) {
            words.append(' ');
            blank = false;
          }
          words.append(Character.toLowerCase(c));
        }
      }
      int end = words.length();
      while (end > 0 && words.charAt(end - 1) == ':') {
        end--;
      }
      return words.substring(0, end).strip();
    }
  }
}

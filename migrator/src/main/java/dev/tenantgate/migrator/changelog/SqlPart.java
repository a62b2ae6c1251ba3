package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.sql.LineEnds;
import java.nio.file.Path;

/**
 * A part of a migration's file: what applies it, or what takes it back. Immutable.
 *
 * @param sql the statements as they stand in the file, except that a BEGIN and COMMIT around them
 *     all is blanked out; positions and lines are kept
 * @param lines which lines of the file they come from
 * @param touchesSession whether it could leave something behind in the session that it ran in: a
 *     setting, a role, a temporary table, a prepared statement, a lock
 * @param directives how it is to be run
 * @param file the file that it stands in
 */
public record SqlPart(
    String sql, LineMap lines, boolean touchesSession, Directives directives, Path file) {

  /** A part that stands in no file, and asks for nothing. */
  public SqlPart(String sql, int firstLine, boolean touchesSession) {
    this(sql, LineMap.from(firstLine), touchesSession, Directives.NONE, Path.of(""));
  }

  /** The line of the file that the first character stands in, from 1. */
  public int firstLine() {
    return lines.firstLine();
  }

  /** The file's line at an index into the SQL. */
  public int lineAt(int index) {
    int line = 1;
    for (int i = 0; i < index && i < sql.length(); i++) {
      if (LineEnds.endsLine(sql, i)) {
        line++;
      }
    }
    return lines.of(line);
  }
}

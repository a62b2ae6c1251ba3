package dev.tenantgate.migrator.changelog;

/**
 * A part of a migration's file: what applies it, or what takes it back. Immutable.
 *
 * @param sql the statements as they stand in the file, except that a BEGIN and COMMIT around them
 *     all is blanked out; positions and lines are kept
 * @param firstLine the line of the file that the first character stands in, from 1
 * @param touchesSession whether it could leave something behind in the session that it ran in: a
 *     setting, a role, a temporary table, a prepared statement, a lock
 */
public record SqlPart(String sql, int firstLine, boolean touchesSession) {

  public SqlPart {
    if (firstLine < 1) {
      throw new IllegalArgumentException("lines count from 1, was " + firstLine);
    }
  }

  /** The file's line at an index into the SQL. */
  public int lineAt(int index) {
    int line = firstLine;
    for (int i = 0; i < index && i < sql.length(); i++) {
      if (sql.charAt(i) == '\n') {
        line++;
      }
    }
    return line;
  }
}

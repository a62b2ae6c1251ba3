package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.LineEnds;
import dev.tenantgate.migrator.sql.OwnTransaction;
import dev.tenantgate.migrator.sql.SessionEffect;
import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import java.nio.file.Path;
import java.util.List;

/**
 * A part of a migration's file: what applies it, or what takes it back. Immutable.
 *
 * @param sql the statements as they stand in the file, except that a BEGIN and COMMIT around them
 *     all is blanked out; positions and lines are kept
 * @param lines which lines of the file they come from
 * @param effect what it may leave behind in the session that it ran in
 * @param directives how it is to be run
 * @param file the file that it stands in
 * @param transactional whether it runs in one transaction; else each of its statements is committed
 *     by itself
 * @param splices where each schema has something of its own in it, in order
 */
public record SqlPart(
    String sql,
    LineMap lines,
    SessionEffect effect,
    Directives directives,
    Path file,
    boolean transactional,
    List<Splice> splices)
    implements MigrationPart {

  public SqlPart {
    splices = List.copyOf(splices);
  }

  /** A part that is the same for all schemas. */
  public SqlPart(
      String sql,
      LineMap lines,
      SessionEffect effect,
      Directives directives,
      Path file,
      boolean transactional) {
    this(sql, lines, effect, directives, file, transactional, List.of());
  }

  /** A part that runs in one transaction. */
  public SqlPart(
      String sql, LineMap lines, SessionEffect effect, Directives directives, Path file) {
    this(sql, lines, effect, directives, file, true);
  }

  /** A part that stands in no file, and asks for nothing. */
  public SqlPart(String sql, int firstLine, boolean touchesSession) {
    this(
        sql,
        LineMap.from(firstLine),
        touchesSession ? SessionEffect.SESSION : SessionEffect.NONE,
        Directives.NONE,
        Path.of(""));
  }

  /** Whether it isn't the same for all schemas. */
  public boolean differs() {
    return !splices.isEmpty();
  }

  /** Whether it isn't the same for tenants whose schemas have the same name. */
  public boolean namesTenant() {
    return splices.stream().anyMatch(splice -> splice.value() == Splice.Value.TENANT);
  }

  /** The same as it is run in a schema; lines are kept, positions aren't. */
  public SqlPart forSchema(SchemaRef schema) {
    return splices.isEmpty()
        ? this
        : new SqlPart(
            Splice.replaced(sql, splices, schema), lines, effect, directives, file, transactional);
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

  /** Its statements, in order. */
  public List<SqlStatement> statements() {
    return SqlScript.scan(sql).statements();
  }

  /** The text of one of its statements, without the semicolon. */
  public String text(SqlStatement statement) {
    return sql.substring(statement.start(), statement.end());
  }

  /**
   * The same as one transaction can run it where nobody else is in the schema: without the word
   * CONCURRENTLY, and without what tidies up storage and changes nothing else. Positions are kept.
   */
  public String inOneTransaction() {
    if (transactional) {
      return sql;
    }
    StringBuilder text = new StringBuilder(sql);
    for (SqlStatement statement : statements()) {
      // Whether these can be in a transaction depends on the table.
      boolean tidies = statement.word(0).equals("VACUUM") || statement.word(0).equals("REINDEX");
      boolean alone = OwnTransaction.isNeededBy(statement);
      if (tidies || (alone && statement.word(0).equals("CLUSTER"))) {
        blank(text, statement.start(), statement.end());
      } else if (alone) {
        withoutConcurrently(text, statement);
      }
    }
    return text.toString();
  }

  /** The word stands before the name of an index, and last where a partition is detached. */
  private void withoutConcurrently(StringBuilder text, SqlStatement statement) {
    if (OwnTransaction.finalizesDetachment(statement)) {
      blank(text, statement.start(), statement.end());
      return;
    }
    boolean first = !statement.word(0).equals("ALTER");
    int start = -1;
    int end = -1;
    SqlLexer lexer = new SqlLexer(text(statement));
    for (Token token = lexer.next();
        token != Token.END && token != Token.UNTERMINATED && (start < 0 || !first);
        token = lexer.next()) {
      if (token == Token.WORD && lexer.word().equals("CONCURRENTLY")) {
        start = statement.start() + lexer.start();
        end = statement.start() + lexer.end();
      }
    }
    if (start >= 0) {
      blank(text, start, end);
    }
  }

  private static void blank(StringBuilder text, int start, int end) {
    for (int i = start; i < end; i++) {
      if (text.charAt(i) != '\n' && text.charAt(i) != '\r') {
        text.setCharAt(i, ' ');
      }
    }
  }
}

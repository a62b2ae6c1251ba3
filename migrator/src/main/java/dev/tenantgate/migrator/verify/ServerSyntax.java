package dev.tenantgate.migrator.verify;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.SqlPart;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Has the server's own parser read migrations, without running any of them. A message of the simple
 * query protocol is parsed as a whole before its first statement runs. Behind each text stands what
 * no statement can be, so that each message ends with a syntax error: at the end where the text is
 * right, before that where it isn't. Bodies of DO and of functions in other languages than SQL's
 * own are strings to that parser. Stateless.
 */
public final class ServerSyntax {

  /** BEGIN can't stand in the body of a function that isn't closed. */
  private static final String END = "\n;\nBEGIN )";

  private static final String SYNTAX_ERROR = "42601";

  private ServerSyntax() {}

  /** Looks at both ways of migrations; answers the errors, one for a text at most. */
  public static List<ChangelogProblem> check(Connection connection, List<Migration> migrations)
      throws SQLException {
    List<ChangelogProblem> problems = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      for (Migration migration : migrations) {
        check(statement, migration.up(), problems);
        MigrationPart down = migration.down();
        if (down != null) {
          check(statement, down, problems);
        }
      }
    }
    return problems;
  }

  private static void check(
      Statement statement, MigrationPart part, List<ChangelogProblem> problems)
      throws SQLException {
    if (!(part instanceof SqlPart template)) {
      return;
    }
    SqlPart text = template.forSchema(new SchemaRef("tenant_a", "a"));
    try {
      statement.execute(text.sql() + END);
    } catch (SQLException e) {
      ServerErrorMessage error =
          e instanceof PSQLException server ? server.getServerErrorMessage() : null;
      if (error == null) {
        throw e;
      }
      int end = text.sql().codePointCount(0, text.sql().length()) + END.length();
      boolean atEnd = SYNTAX_ERROR.equals(e.getSQLState()) && error.getPosition() == end;
      if (!atEnd) {
        problems.add(problem(text, error));
      }
    }
  }

  private static ChangelogProblem problem(SqlPart text, ServerErrorMessage error) {
    int position = Math.max(0, error.getPosition() - 1);
    int codePoints = text.sql().codePointCount(0, text.sql().length());
    int index = text.sql().offsetByCodePoints(0, Math.min(position, codePoints));
    String said = String.valueOf(error.getMessage());
    String message = position >= codePoints ? said + " (the last statement isn't complete)" : said;
    return new ChangelogProblem(
        Severity.ERROR, text.file(), error.getPosition() > 0 ? text.lineAt(index) : 0, message);
  }
}

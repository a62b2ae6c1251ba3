package dev.tenantgate.migrator.lint;

import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * Finds syntax errors of migrations, as far as tokens tell: parentheses that aren't closed or
 * opened, and words that no statement begins with. For where no server can be asked. Stateless.
 */
public final class TokenSyntax {

  private static final Set<String> FIRST_WORDS =
      Set.of(
          ("ALTER ANALYZE ANALYSE CALL CHECKPOINT CLOSE CLUSTER COMMENT COPY CREATE DEALLOCATE"
                  + " DECLARE DELETE DISCARD DO DROP EXECUTE EXPLAIN FETCH GRANT IMPORT INSERT LISTEN"
                  + " LOAD LOCK MERGE MOVE NOTIFY PREPARE REASSIGN REFRESH REINDEX REPACK RESET REVOKE"
                  + " SECURITY SELECT SET SHOW TABLE TRUNCATE UNLISTEN UPDATE UPSERT VACUUM VALUES"
                  + " WITH WAIT (")
              .split(" "));

  private TokenSyntax() {}

  /** Looks at both ways of migrations. */
  public static List<ChangelogProblem> check(List<Migration> migrations) {
    List<ChangelogProblem> problems = new ArrayList<>();
    for (Migration migration : migrations) {
      check(migration.up(), problems);
      MigrationPart down = migration.down();
      if (down != null) {
        check(down, problems);
      }
    }
    return problems;
  }

  private static void check(MigrationPart part, List<ChangelogProblem> problems) {
    if (part instanceof SqlPart sql) {
      SqlScript.<RuntimeException>each(
          sql.sql(), statement -> checkFirstWord(sql, statement, problems));
      checkParentheses(sql, problems);
    }
  }

  private static void checkFirstWord(
      SqlPart sql, SqlStatement statement, List<ChangelogProblem> problems) {
    SqlLexer lexer = new SqlLexer(sql.text(statement));
    Token first = lexer.next();
    if (first == Token.SYMBOL && lexer.text().equals("$")) {
      return;
    }
    if (!FIRST_WORDS.contains(lexer.word())) {
      add(
          sql,
          statement.start(),
          "no statement begins with \"%s\"".formatted(lexer.text()),
          problems);
    }
  }

  private static void checkParentheses(SqlPart sql, List<ChangelogProblem> problems) {
    SqlLexer lexer = new SqlLexer(sql.sql());
    Deque<Integer> open = new ArrayDeque<>();
    for (Token token = lexer.next();
        token != Token.END && token != Token.UNTERMINATED;
        token = lexer.next()) {
      if (token == Token.OPEN) {
        open.push(lexer.start());
      } else if (token == Token.CLOSE && open.poll() == null) {
        add(sql, lexer.start(), "this parenthesis was never opened", problems);
        return;
      }
    }
    if (!open.isEmpty()) {
      add(sql, open.getLast(), "this parenthesis is never closed", problems);
    }
  }

  private static void add(SqlPart sql, int index, String message, List<ChangelogProblem> problems) {
    problems.add(new ChangelogProblem(Severity.ERROR, sql.file(), sql.lineAt(index), message));
  }
}

package dev.tenantgate.migrator.sql;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text of SQL cut into its statements, as psql cuts it: at semicolons that stand neither in
 * parentheses nor in a {@code BEGIN ATOMIC … END} body. Immutable.
 *
 * @param statements in order; empty statements are left out
 * @param defect what keeps it from being SQL at all; null if nothing does. The statements go as far
 *     as the defect then.
 */
public record SqlScript(List<SqlStatement> statements, @Nullable Defect defect) {

  /**
   * Where a text stops being SQL.
   *
   * @param line from 1
   * @param message what is wrong
   */
  public record Defect(int line, String message) {}

  public SqlScript {
    statements = List.copyOf(statements);
  }

  /**
   * Takes statements as they are found.
   *
   * @param <E> what it may throw, which ends the reading
   */
  @FunctionalInterface
  public interface Visitor<E extends Exception> {

    /** Takes the next statement. */
    void visit(SqlStatement statement) throws E;
  }

  /** Cuts a text; in linear time, whatever it is. */
  public static SqlScript scan(String sql) {
    List<SqlStatement> statements = new ArrayList<>();
    Defect defect = SqlScript.<RuntimeException>each(sql, statements::add);
    return new SqlScript(statements, defect);
  }

  /**
   * Cuts a text and shows its statements one by one: of a large text, there are more than should be
   * held.
   *
   * @return the defect that keeps it from being SQL at all; null if there is none
   */
  public static <E extends Exception> @Nullable Defect each(String sql, Visitor<E> visitor)
      throws E {
    return new Scan<>(sql, visitor).run();
  }

  /** Whether a text has nothing but blanks, comments and empty statements. */
  public static boolean isEmpty(String sql) {
    SqlLexer lexer = new SqlLexer(sql);
    SqlLexer.Token token = lexer.next();
    while (token == SqlLexer.Token.SEMICOLON) {
      token = lexer.next();
    }
    return token == SqlLexer.Token.END;
  }

  /** One pass over a text. */
  private static final class Scan<E extends Exception> {

    private final SqlLexer lexer;
    private final Visitor<E> visitor;
    private final List<String> words = new ArrayList<>();
    private int start;
    private int end;
    private int line;
    private int tokens;
    private int parentheses;
    private boolean inAtomicBody;
    private boolean mayBeginStatement;
    private String lastWord = "";
    private List<String> wordsBefore = List.of();

    Scan(String sql, Visitor<E> visitor) {
      lexer = new SqlLexer(sql);
      this.visitor = visitor;
    }

    @Nullable Defect run() throws E {
      while (true) {
        SqlLexer.Token token = lexer.next();
        switch (token) {
          case END -> {
            finishStatement();
            return null;
          }
          case UNTERMINATED -> {
            return defect("this " + lexer.unterminated() + " is never closed");
          }
          case BACKSLASH -> {
            return defect("psql's own commands (\\…) can't be used in a migration");
          }
          case SEMICOLON -> {
            if (parentheses == 0 && !inAtomicBody) {
              finishStatement();
            } else {
              add("");
              mayBeginStatement = parentheses == 0;
            }
          }
          case OPEN -> {
            parentheses++;
            add("(");
          }
          case CLOSE -> {
            parentheses = Math.max(0, parentheses - 1);
            add(")");
          }
          case WORD -> addWord(lexer.word());
          case QUOTED_IDENTIFIER -> add(lexer.text());
          case STRING, NUMBER, SYMBOL -> add("");
        }
      }
    }

    private Defect defect(String message) {
      return new Defect(lexer.line(), message);
    }

    /** END ends the body where a statement of it would begin; elsewhere it is CASE's, or a name. */
    private void addWord(String word) {
      if (parentheses == 0) {
        if (inAtomicBody) {
          inAtomicBody = !(word.equals("END") && mayBeginStatement);
        } else if (word.equals("ATOMIC") && lastWord.equals("BEGIN") && createsRoutine()) {
          inAtomicBody = true;
          add(word);
          mayBeginStatement = true;
          return;
        }
      }
      add(word);
      lastWord = word;
    }

    private void add(String word) {
      if (tokens == 0) {
        start = lexer.start();
        line = lexer.line();
      }
      tokens++;
      end = lexer.end();
      lastWord = "";
      mayBeginStatement = false;
      if (!word.isEmpty() && words.size() < SqlStatement.MAX_WORDS) {
        words.add(word);
      }
    }

    private boolean createsRoutine() {
      int what = words.size() > 2 && words.get(1).equals("OR") ? 3 : 1;
      return words.size() > what
          && words.get(0).equals("CREATE")
          && (words.get(what).equals("FUNCTION") || words.get(what).equals("PROCEDURE"));
    }

    private void finishStatement() throws E {
      if (tokens > 0) {
        // A million INSERTs that begin alike share one list.
        wordsBefore = words.equals(wordsBefore) ? wordsBefore : List.copyOf(words);
        visitor.visit(new SqlStatement(start, end, line, wordsBefore, tokens));
      }
      words.clear();
      tokens = 0;
      parentheses = 0;
      inAtomicBody = false;
      lastWord = "";
    }
  }
}

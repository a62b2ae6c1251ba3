package dev.tenantgate.migrator.sql;

import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A statement with {@code CONCURRENTLY}, which leaves something behind when it is interrupted.
 * Names in it are as they stand in the text, quoted or not. Immutable.
 */
public sealed interface ConcurrentStatement {

  /**
   * {@code CREATE INDEX CONCURRENTLY}; interrupted, it leaves an invalid index.
   *
   * @param index the index's name; null where the server is to choose one
   * @param table the table's, qualified if the statement has it so
   * @param unique whether it is a unique one
   * @param definition what follows the table's name: {@code (email) WHERE active}
   */
  record IndexBuild(@Nullable String index, String table, boolean unique, String definition)
      implements ConcurrentStatement {

    /** A statement that builds the same index on another table, at once. */
    public String on(String otherTable) {
      return "CREATE %sINDEX ON %s %s".formatted(unique ? "UNIQUE " : "", otherTable, definition);
    }
  }

  /** {@code REINDEX … CONCURRENTLY}; interrupted, it leaves invalid indexes of names of its own. */
  record Rebuild() implements ConcurrentStatement {}

  /**
   * {@code ALTER TABLE … DETACH PARTITION … CONCURRENTLY}; interrupted, the partition is on its way
   * out until that is finalized.
   */
  record Detachment(String table, String partition) implements ConcurrentStatement {

    /** The statement that ends what an earlier one began. */
    public String finalizing() {
      return "ALTER TABLE %s DETACH PARTITION %s FINALIZE".formatted(table, partition);
    }
  }

  /** The statement as one of these; null if it is none. */
  static @Nullable ConcurrentStatement of(String sql) {
    return new Reading(sql).read();
  }

  /** A name as the catalog has it: without quotes, or in lower case, as long as it may be. */
  static String catalogName(String identifier) {
    String name = SqlText.name(identifier, null);
    return SqlIdentifier.truncated(name == null ? identifier : name);
  }

  /** One statement while it is read. Confined to one thread. */
  final class Reading {

    private record Lexeme(Token token, String text, int start, int end) {
      boolean is(String word) {
        return token == Token.WORD && text.equalsIgnoreCase(word);
      }
    }

    private final String sql;
    private final List<Lexeme> lexemes = new ArrayList<>();
    private int at;

    private Reading(String sql) {
      this.sql = sql;
      SqlLexer lexer = new SqlLexer(sql);
      for (Token token = lexer.next();
          token != Token.END && token != Token.UNTERMINATED;
          token = lexer.next()) {
        lexemes.add(new Lexeme(token, lexer.text(), lexer.start(), lexer.end()));
      }
    }

    private @Nullable ConcurrentStatement read() {
      if (take("CREATE")) {
        boolean unique = take("UNIQUE");
        return take("INDEX") && take("CONCURRENTLY") ? indexBuild(unique) : null;
      }
      if (take("REINDEX")) {
        return lexemes.stream().anyMatch(lexeme -> lexeme.is("CONCURRENTLY"))
            ? new Rebuild()
            : null;
      }
      return take("ALTER") && take("TABLE") ? detachment() : null;
    }

    private @Nullable IndexBuild indexBuild(boolean unique) {
      if (at + 1 < lexemes.size() && lexemes.get(at).is("IF") && lexemes.get(at + 1).is("NOT")) {
        at += 3; // an index may be named if
      }
      String index = take("ON") ? null : name();
      if (index != null && !take("ON")) {
        return null;
      }
      take("ONLY");
      String table = name();
      if (table == null || at >= lexemes.size()) {
        return null;
      }
      int end = lexemes.get(lexemes.size() - 1).end;
      return new IndexBuild(index, table, unique, sql.substring(lexemes.get(at).start, end));
    }

    private @Nullable Detachment detachment() {
      if (take("IF")) {
        at++; // EXISTS
      }
      take("ONLY");
      String table = name();
      if (table == null || !take("DETACH") || !take("PARTITION")) {
        return null;
      }
      String partition = name();
      return partition != null && take("CONCURRENTLY") ? new Detachment(table, partition) : null;
    }

    /** A name, with what qualifies it; null if there is none here. */
    private @Nullable String name() {
      StringBuilder name = new StringBuilder();
      while (at < lexemes.size() && isIdentifier(lexemes.get(at))) {
        name.append(identifier());
        if (at >= lexemes.size() || !lexemes.get(at).text.equals(".")) {
          return name.toString();
        }
        name.append('.');
        at++;
      }
      return null;
    }

    /** An identifier as it stands, but for the escapes of a U&"…": not everything reads those. */
    private String identifier() {
      String text = lexemes.get(at++).text;
      if (text.length() < 2 || text.charAt(1) != '&') {
        return text;
      }
      Character escape = null;
      if (at + 1 < lexemes.size()
          && lexemes.get(at).is("UESCAPE")
          && lexemes.get(at + 1).text.length() == 3) {
        escape = lexemes.get(at + 1).text.charAt(1);
        at += 2;
      }
      String name = SqlText.name(text, escape);
      return name == null ? text : SqlIdentifier.quote(name);
    }

    private static boolean isIdentifier(Lexeme lexeme) {
      return lexeme.token == Token.WORD || lexeme.token == Token.QUOTED_IDENTIFIER;
    }

    private boolean take(String word) {
      if (at < lexemes.size() && lexemes.get(at).is(word)) {
        at++;
        return true;
      }
      return false;
    }
  }
}

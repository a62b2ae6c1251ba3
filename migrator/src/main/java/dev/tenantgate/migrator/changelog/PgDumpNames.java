package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import dev.tenantgate.migrator.sql.SqlText;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a dump makes, by schema. Immutable.
 *
 * @param bySchema the names in each
 */
record PgDumpNames(Map<String, Set<String>> bySchema) {

  /** What has its name behind these words, and its schema before that. */
  private static final Set<String> KINDS =
      Set.of(
          "TABLE",
          "VIEW",
          "SEQUENCE",
          "TYPE",
          "DOMAIN",
          "FUNCTION",
          "PROCEDURE",
          "AGGREGATE",
          "COLLATION",
          "OPERATOR",
          "STATISTICS",
          "CONFIGURATION",
          "DICTIONARY",
          "CONVERSION");

  /** A qualified name. */
  record Name(String schema, String name) {}

  PgDumpNames {
    bySchema = Map.copyOf(bySchema);
  }

  Set<String> schemas() {
    return bySchema.keySet();
  }

  Set<String> of(String schema) {
    return bySchema.getOrDefault(schema, Set.of());
  }

  /** Reads a dump. */
  static PgDumpNames read(String text) {
    Map<String, Set<String>> names = new HashMap<>();
    SqlScript.<RuntimeException>each(
        text,
        statement -> {
          String verb = statement.word(0);
          if (verb.equals("CREATE") || verb.equals("ALTER")) {
            made(text, statement, names);
          }
        });
    return new PgDumpNames(names);
  }

  /** Indexes and constraints are made in their table's schema, under a name without one. */
  private static void made(String text, SqlStatement statement, Map<String, Set<String>> names) {
    Name first = firstName(text, statement);
    if (first == null) {
      return;
    }
    if (statement.word(0).equals("ALTER")) {
      Set<String> known = names.get(first.schema());
      String inner = madeBy(text, statement, first.schema());
      if (known != null && inner != null) {
        known.add(inner);
      }
      return;
    }
    boolean index =
        statement.startsWith("CREATE", "INDEX") || statement.startsWith("CREATE", "UNIQUE");
    if (index) {
      Set<String> known = names.get(first.schema());
      String name = name(statement.word(statement.word(1).equals("UNIQUE") ? 3 : 2));
      if (known != null && name != null) {
        known.add(name);
      }
    } else if (makes(statement)) {
      names.computeIfAbsent(first.schema(), schema -> new HashSet<>()).add(first.name());
    }
  }

  private static boolean makes(SqlStatement statement) {
    for (int i = 1; i < 5; i++) {
      if (KINDS.contains(statement.word(i))) {
        return true;
      }
    }
    return false;
  }

  /** The constraint or the identity's sequence that an ALTER TABLE makes; null if it makes none. */
  private static @Nullable String madeBy(String text, SqlStatement statement, String schema) {
    SqlLexer lexer = new SqlLexer(text.substring(statement.start(), statement.end()));
    String before = "";
    String earlier = "";
    for (Token token = lexer.next(); goesOn(token); token = lexer.next()) {
      boolean named = earlier.equals("ADD") && before.equals("CONSTRAINT");
      boolean sequence = earlier.equals("SEQUENCE") && before.equals("NAME");
      if (named) {
        return SqlText.name(lexer.text(), null);
      }
      if (sequence && schema.equals(SqlText.name(lexer.text(), null))) {
        lexer.next();
        lexer.next();
        return SqlText.name(lexer.text(), null);
      }
      earlier = before;
      before = token == Token.WORD ? lexer.word() : "";
    }
    return null;
  }

  /** The first qualified name of a statement that isn't the system's; null if it has none. */
  static @Nullable Name firstName(String text, SqlStatement statement) {
    SqlLexer lexer = new SqlLexer(text.substring(statement.start(), statement.end()));
    String schema = null;
    boolean dotted = false;
    for (Token token = lexer.next(); goesOn(token); token = lexer.next()) {
      boolean name = token == Token.WORD || token == Token.QUOTED_IDENTIFIER;
      String said = name ? SqlText.name(lexer.text(), null) : null;
      if (dotted && schema != null && said != null && !schema.equals("pg_catalog")) {
        return new Name(schema, said);
      }
      dotted = token == Token.SYMBOL && lexer.text().equals(".");
      schema = dotted ? schema : said;
      if (token == Token.OPEN) {
        return null;
      }
    }
    return null;
  }

  private static @Nullable String name(String word) {
    if (word.isEmpty()) {
      return null;
    }
    return SqlText.name(word, null);
  }

  private static boolean goesOn(Token token) {
    return token != Token.END && token != Token.UNTERMINATED;
  }
}

package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import dev.tenantgate.migrator.sql.SqlText;
import dev.tenantgate.migrator.sql.StatementTokens;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The objects that a dump makes, by schema. Immutable.
 *
 * @param bySchema the names in each
 */
record PgDumpNames(Map<String, Set<String>> bySchema) {

  /** The objects whose name stands behind these words, and their schema before that. */
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
    if (names.isEmpty()) {
      SqlScript.<RuntimeException>each(text, statement -> filled(text, statement, names));
    }
    return new PgDumpNames(names);
  }

  /** Of a dump of rows alone, what it fills is what others have as well. */
  private static void filled(String text, SqlStatement statement, Map<String, Set<String>> names) {
    Name first = null;
    if (statement.startsWith("INSERT", "INTO") || statement.startsWith("ALTER", "TABLE")) {
      first = firstName(text, statement);
    } else if (statement.word(0).equals("SELECT")
        && statement.word(2).toUpperCase(Locale.ROOT).contains("SETVAL")) {
      first = named(StatementTokens.of(text, statement));
    }
    if (first != null) {
      names.computeIfAbsent(first.schema(), schema -> new HashSet<>()).add(first.name());
    }
  }

  /** The name in the first string: {@code setval('app.users_id_seq', 2, true)}. */
  private static @Nullable Name named(StatementTokens tokens) {
    for (StatementTokens.Part part : tokens.tokens()) {
      if (part.kind() == Token.STRING && part.text().startsWith("'")) {
        String said = part.text().substring(1, part.text().length() - 1).replace("''", "'");
        return firstName(said, new SqlStatement(0, said.length(), 1, List.of(), 0));
      }
    }
    return null;
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
      Set<String> known = names.computeIfAbsent(first.schema(), schema -> new HashSet<>());
      known.add(first.name());
      String multirange = multirange(text, statement);
      if (multirange != null) {
        known.add(multirange);
      }
    }
  }

  /** The second type that a range makes; null where there is none. */
  private static @Nullable String multirange(String text, SqlStatement statement) {
    if (!statement.startsWith("CREATE", "TYPE")) {
      return null;
    }
    StatementTokens tokens = StatementTokens.of(text, statement);
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.at(i).is("MULTIRANGE_TYPE_NAME")) {
        return tokens.at(i + 4).name();
      }
    }
    return null;
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

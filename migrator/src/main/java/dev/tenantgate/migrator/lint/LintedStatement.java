package dev.tenantgate.migrator.lint;

import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.StatementTokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A statement, what it does and to what. Immutable.
 *
 * @param tokens all of it
 * @param verb its first word, in upper case: {@code CREATE}
 * @param object what kind of thing it is about, in upper case: {@code TABLE}; empty for those that
 *     are about rows
 * @param target the name of that thing; of an index, a trigger or a policy, the table's; null if
 *     there is none
 * @param rest the index behind the target
 */
record LintedStatement(
    StatementTokens tokens, String verb, String object, @Nullable QualifiedName target, int rest) {

  /** Words between the verb and the object. */
  private static final Set<String> MODIFIERS =
      Set.of(
          "OR",
          "REPLACE",
          "TEMP",
          "TEMPORARY",
          "LOCAL",
          "GLOBAL",
          "UNLOGGED",
          "UNIQUE",
          "FOREIGN",
          "MATERIALIZED",
          "RECURSIVE",
          "CONSTRAINT",
          "EVENT");

  /** Objects that stand on a table: what is named behind ON counts. */
  private static final Set<String> ON_TABLE = Set.of("INDEX", "TRIGGER", "POLICY", "RULE");

  /** Reads a statement. */
  static LintedStatement of(StatementTokens tokens) {
    String verb = upper(tokens, 0);
    return switch (verb) {
      case "CREATE", "ALTER", "DROP" -> definition(tokens, verb);
      case "INSERT", "MERGE" -> rows(tokens, verb, tokens.find(1, "INTO") + 1);
      case "DELETE" -> rows(tokens, verb, tokens.find(1, "FROM") + 1);
      case "UPDATE" -> rows(tokens, verb, 1);
      case "TRUNCATE" -> rows(tokens, verb, tokens.at(1).is("TABLE") ? 2 : 1);
      default -> new LintedStatement(tokens, verb, "", null, 1);
    };
  }

  private static LintedStatement rows(StatementTokens tokens, String verb, int at) {
    return at < 1
        ? new LintedStatement(tokens, verb, "", null, 1)
        : named(tokens, verb, "", skip(tokens, at, "ONLY"));
  }

  private static LintedStatement definition(StatementTokens tokens, String verb) {
    int at = 1;
    while (MODIFIERS.contains(upper(tokens, at))) {
      at++;
    }
    String object = upper(tokens, at++);
    if (ON_TABLE.contains(object) && !(object.equals("INDEX") && !verb.equals("CREATE"))) {
      int on = tokens.find(at, "ON");
      return on < 0
          ? new LintedStatement(tokens, verb, object, null, at)
          : named(tokens, verb, object, skip(tokens, on + 1, "ONLY"));
    }
    at = skip(tokens, at, "CONCURRENTLY");
    at = skip(tokens, at, "IF");
    at = skip(tokens, at, "NOT");
    at = skip(tokens, at, "EXISTS");
    return named(tokens, verb, object, skip(tokens, at, "ONLY"));
  }

  private static LintedStatement named(StatementTokens tokens, String verb, String object, int at) {
    QualifiedName target = QualifiedName.at(tokens, at);
    return new LintedStatement(
        tokens, verb, object, target, target == null ? at : at + target.tokens());
  }

  private static int skip(StatementTokens tokens, int at, String word) {
    return tokens.at(at).is(word) ? at + 1 : at;
  }

  private static String upper(StatementTokens tokens, int at) {
    StatementTokens.Part part = tokens.at(at);
    return part.kind() == SqlLexer.Token.WORD ? part.text().toUpperCase(Locale.ROOT) : "";
  }

  /** Whether it is this verb on this kind of thing. */
  boolean is(String wantedVerb, String wantedObject) {
    return verb.equals(wantedVerb) && object.equals(wantedObject);
  }

  /** The line of the script that it begins in. */
  int line() {
    return tokens.at(0).line();
  }

  /** The table that it makes; null if it makes none. */
  @Nullable QualifiedName createdTable() {
    return is("CREATE", "TABLE") || is("CREATE", "VIEW") ? target : null;
  }

  /** Every name that a DROP lists. */
  List<QualifiedName> dropped() {
    List<QualifiedName> names = new ArrayList<>();
    QualifiedName name = target;
    int at = rest;
    while (name != null) {
      names.add(name);
      name = tokens.at(at).is(',') ? QualifiedName.at(tokens, at + 1) : null;
      at += name == null ? 0 : 1 + name.tokens();
    }
    return names;
  }
}

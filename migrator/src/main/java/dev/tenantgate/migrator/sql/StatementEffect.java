package dev.tenantgate.migrator.sql;

import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.Locale;
import java.util.Set;

/**
 * Tells from its text which {@link SessionEffect} a statement may have. Only what can be shown to
 * leave nothing is told so: functions other than some of PostgreSQL's own may do anything.
 *
 * <p>One pass over one statement. Confined to one thread.
 */
public final class StatementEffect {

  /** Words before a parenthesis that are no calls, and functions that change no session. */
  private static final Set<String> HARMLESS =
      Set.of(
          ("abs age any all array as ascii avg between bool_and bool_or brin btree btrim by"
                  + " cardinality cast ceil ceiling char_length chr check clock_timestamp coalesce"
                  + " conflict concat concat_ws count date_part date_trunc daterange decode default"
                  + " dense_rank distinct encode every except exclude exists extract filter"
                  + " first_value floor format from gen_random_uuid generate_series gin gist greatest"
                  + " group hash hashtext having in include initcap int4range int8range intersect"
                  + " interval is join key lag last_value lateral lead least left length like ilike"
                  + " limit lower lpad ltrim make_date make_interval make_timestamp max md5 min mod"
                  + " not now nextval nullif numrange offset on or over overlay pg_get_serial_sequence"
                  + " pg_typeof partition position power primary quote_ident quote_literal random rank"
                  + " recursive references regexp_replace regexp_match repeat replace returning"
                  + " reverse right round row row_number rpad rtrim select set setval setweight sha256"
                  + " some spgist split_part sqrt statement_timestamp string_agg strpos substr"
                  + " substring sum then timezone to_char to_date to_number to_timestamp to_tsquery"
                  + " to_tsvector transaction_timestamp translate trim tsrange tstzrange union unique"
                  + " unnest range list insert update upper using values when where with within and"
                  + " else case to_json to_jsonb array_agg array_append array_length array_position"
                  + " array_remove array_to_string string_to_array json_agg json_build_array"
                  + " json_build_object json_object_agg jsonb_agg jsonb_array_elements"
                  + " jsonb_array_elements_text jsonb_array_length jsonb_build_array"
                  + " jsonb_build_object jsonb_each jsonb_each_text jsonb_object_agg jsonb_object_keys"
                  + " jsonb_set jsonb_strip_nulls jsonb_typeof row_to_json current_database"
                  + " current_query current_schema current_schemas current_setting pg_backend_pid"
                  + " to_regclass txid_current version")
              .split(" "));

  /** An expression may begin behind these. */
  private static final Set<String> BEFORE_EXPRESSION =
      Set.of(
          "DEFAULT",
          "USING",
          "SELECT",
          "AND",
          "OR",
          "NOT",
          "WHEN",
          "THEN",
          "ELSE",
          "WHERE",
          "BY",
          "RETURNING",
          "IN",
          "BETWEEN",
          "LIKE",
          "CASE",
          "FROM",
          "JOIN",
          "HAVING",
          "ALL",
          "ANY",
          "DISTINCT",
          "LATERAL",
          "SET",
          "LIMIT",
          "OFFSET",
          "ILIKE");

  /** Objects that are defined, not run: they may call anything. */
  private static final Set<String> DEFINED =
      Set.of("FUNCTION", "PROCEDURE", "AGGREGATE", "VIEW", "POLICY", "RULE", "TRIGGER");

  /** Calls that reach beyond the session; in the bodies of DO as well. */
  private static final Set<String> REACHING_FAR =
      Set.of("SET_CONFIG", "DBLINK_CONNECT", "DBLINK_CONNECT_U");

  private static final Set<String> ROWS = Set.of("INSERT", "UPDATE", "DELETE", "MERGE");

  private final SqlLexer lexer;
  private SessionEffect effect = SessionEffect.NONE;
  private Token kind = Token.END;
  private String word = "";
  private boolean afterDot;

  /** The word that the name being read stands behind. */
  private boolean inExpression;

  /** Whether it is about rows; in definitions, a table's columns stand behind ON. */
  private final boolean rows;

  private StatementEffect(String sql, boolean rows) {
    this.lexer = new SqlLexer(sql);
    this.rows = rows;
  }

  /** The effect of a statement of a text. */
  public static SessionEffect of(String sql, SqlStatement statement) {
    return switch (statement.word(0)) {
      case "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "ANALYZE", "REINDEX", "LOCK" ->
          definition(sql, statement);
      case "CREATE" -> isTemporary(statement) ? SessionEffect.SESSION : definition(sql, statement);
      case "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "REFRESH" ->
          SessionEffect.ROWS.or(callsOf(sql, statement));
      case "LOAD" -> SessionEffect.PROCESS;
      default -> SessionEffect.SESSION.or(reachOf(sql, statement));
    };
  }

  private static boolean isTemporary(SqlStatement statement) {
    for (int i = 1; i < 5; i++) {
      String word = statement.word(i);
      if (word.equals("TABLE") || word.equals("VIEW") || word.equals("SEQUENCE")) {
        return false;
      }
      if (word.equals("TEMP") || word.equals("TEMPORARY")) {
        return true;
      }
    }
    return false;
  }

  private static SessionEffect definition(String sql, SqlStatement statement) {
    boolean replaces = statement.word(1).equals("OR");
    boolean defined = DEFINED.contains(statement.word(replaces ? 3 : 1));
    SessionEffect found = callsOf(sql, statement);
    return defined && found != SessionEffect.NONE && !mentionsTemporary(sql, statement)
        ? SessionEffect.NONE
        : found;
  }

  private static boolean mentionsTemporary(String sql, SqlStatement statement) {
    SqlLexer lexer = new SqlLexer(sql.substring(statement.start(), statement.end()));
    for (Token token = lexer.next(); goesOn(token); token = lexer.next()) {
      if (isName(token) && isTemporarySchema(lexer.text())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isTemporarySchema(String name) {
    String schema = ConcurrentStatement.catalogName(name);
    return schema.equals("pg_temp") || schema.startsWith("pg_temp_");
  }

  private static boolean isName(Token token) {
    return token == Token.WORD || token == Token.QUOTED_IDENTIFIER;
  }

  private static boolean goesOn(Token token) {
    return token != Token.END && token != Token.UNTERMINATED;
  }

  private static SessionEffect callsOf(String sql, SqlStatement statement) {
    boolean rows = ROWS.contains(statement.word(0));
    return new StatementEffect(sql.substring(statement.start(), statement.end()), rows).calls();
  }

  private SessionEffect calls() {
    for (Token token = lexer.next(); goesOn(token); token = lexer.next()) {
      if (token == Token.OPEN && isName(kind)) {
        called();
      }
      if (isName(token)) {
        beginName(token);
      } else {
        afterDot = token == Token.SYMBOL && lexer.text().equals(".") && isName(kind);
        if (!afterDot) {
          inExpression = token == Token.SYMBOL || token == Token.OPEN;
          // A cast's type may have a length, as in ::numeric(10, 2).
          inExpression &= !lexer.text().equals(":");
        }
      }
      kind = token;
    }
    return effect;
  }

  private void beginName(Token token) {
    String before = word;
    boolean afterWord = isName(kind);
    word = lexer.text();
    if (isTemporarySchema(word)) {
      effect = effect.or(SessionEffect.SESSION);
    }
    if (!afterDot && afterWord) {
      String keyword = before.toUpperCase(Locale.ROOT);
      inExpression = BEFORE_EXPRESSION.contains(keyword) || (rows && keyword.equals("ON"));
    }
    if (token == Token.WORD && REACHING_FAR.contains(word.toUpperCase(Locale.ROOT))) {
      effect = SessionEffect.PROCESS;
    }
    afterDot = false;
  }

  private void called() {
    if (inExpression && !HARMLESS.contains(word.toLowerCase(Locale.ROOT))) {
      effect = effect.or(SessionEffect.SESSION);
    }
  }

  /** Whether a statement that may do anything does what only the backend's end undoes. */
  private static SessionEffect reachOf(String sql, SqlStatement statement) {
    boolean block = statement.word(0).equals("DO");
    return reaches(sql.substring(statement.start(), statement.end()), block)
        ? SessionEffect.PROCESS
        : SessionEffect.SESSION;
  }

  private static boolean reaches(String sql, boolean block) {
    SqlLexer lexer = new SqlLexer(sql);
    boolean set = false;
    boolean setting = false;
    boolean language = false;
    for (Token token = lexer.next(); goesOn(token); token = lexer.next()) {
      String text = isName(token) ? lexer.word() : "";
      if (REACHING_FAR.contains(text)
          || text.equals("LOAD")
          || (language && !text.isEmpty() && !text.replace("\"", "").equals("PLPGSQL"))
          || (setting && token == Token.SYMBOL && lexer.text().equals("."))
          || (block && token == Token.STRING && reaches(inner(lexer.text()), true))) {
        return true;
      }
      setting = set && !text.isEmpty();
      boolean scope = set && (text.equals("LOCAL") || text.equals("SESSION"));
      setting &= !scope;
      set = scope || text.equals("SET");
      language = block && text.equals("LANGUAGE");
    }
    return false;
  }

  /** A string's content, as far as it is known without its escapes. */
  private static String inner(String literal) {
    if (literal.startsWith("$")) {
      int tag = literal.indexOf('$', 1) + 1;
      return literal.substring(tag, literal.length() - tag);
    }
    int open = literal.indexOf('\'');
    return literal.substring(open + 1, literal.length() - 1).replace("''", "'");
  }
}

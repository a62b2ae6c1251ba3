package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.changelog.Splice.Context;
import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import dev.tenantgate.migrator.sql.SqlText;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A dump by pg_dump as a migration: it names the schema that was dumped before each name, whose
 * place the schema that is migrated takes. What the dump doesn't make itself, such as functions of
 * extensions, is left where it is. Immutable.
 *
 * @param schema the dumped schema whose place others take; null for the one that the dump makes
 *     objects in
 * @param scope for which schemas the migration is
 * @param history what the history is called in every schema; the dump's own one is left out
 */
record PgDump(@Nullable String schema, MigrationScope scope, String history) {

  /** The session's affair, not the dump's. */
  private static final Set<String> TIMEOUTS =
      Set.of(
          "STATEMENT_TIMEOUT",
          "LOCK_TIMEOUT",
          "TRANSACTION_TIMEOUT",
          "IDLE_IN_TRANSACTION_SESSION_TIMEOUT");

  private static final Set<String> GRANTS = Set.of("GRANT", "REVOKE", "ALTER");

  private static final Pattern CALLS = Pattern.compile("(?i)\\b(?:next|set|curr)val\\s*\\(\\s*$");

  private static final Pattern CASTS = Pattern.compile("(?i)\\s*::\\s*(?:pg_catalog\\.)?reg");

  /** Whether a text is a dump, by the search path that it sets. */
  static boolean isOne(String text) {
    return text.contains("pg_catalog.set_config('search_path', ''");
  }

  /** The dump as it is run; what is wrong with it is added to the problems. */
  SplicedText adapted(String text, LineMap lines, Path file, List<ChangelogProblem> problems) {
    PgDumpNames names = PgDumpNames.read(text);
    StringBuilder own = new StringBuilder(text);
    SqlScript.<RuntimeException>each(text, statement -> leaveOut(text, statement, own));
    if (scope == MigrationScope.PUBLIC || names.schemas().isEmpty()) {
      return new SplicedText(own.toString(), List.of());
    }
    String dumped = dumped(names);
    if (dumped == null) {
      problems.add(
          new ChangelogProblem(
              Severity.ERROR,
              file,
              lines.of(1),
              ("this dump makes objects in the schemas %s; say in migrations.dump-schema which of"
                      + " them stands for the tenant's")
                  .formatted(String.join(", ", new TreeSet<>(names.schemas())))));
      return new SplicedText(own.toString(), List.of());
    }
    Set<String> made = names.of(dumped);
    if (made.contains(history)) {
      leaveOutHistory(text, dumped, own);
      problems.add(
          new ChangelogProblem(
              Severity.WARNING,
              file,
              lines.of(1),
              "the dump's own %s is left out: each schema's history stands there"
                  .formatted(history)));
    }
    SplicedText.Writer writer = new SplicedText.Writer(own.toString());
    new Rewriting(own.toString(), dumped, made, writer).scan(0, own.length(), false);
    return writer.done();
  }

  private @Nullable String dumped(PgDumpNames names) {
    if (schema != null) {
      return schema;
    }
    return names.schemas().size() == 1 ? names.schemas().iterator().next() : null;
  }

  private void leaveOut(String text, SqlStatement statement, StringBuilder own) {
    boolean path =
        statement.startsWith("SELECT", "PG_CATALOG", "SET_CONFIG")
            && text.substring(statement.start(), statement.end()).contains("'search_path'");
    boolean timeout = statement.word(0).equals("SET") && TIMEOUTS.contains(statement.word(1));
    boolean ofSchema =
        statement.startsWith("CREATE", "SCHEMA")
            || statement.startsWith("ALTER", "SCHEMA")
            || statement.startsWith("COMMENT", "ON", "SCHEMA");
    if (path || timeout || (ofSchema && isDumped(text, statement))) {
      blank(own, statement.start(), statement.end());
    }
  }

  /** Of what is made in tenants' schemas, these themselves are made elsewhere. */
  private boolean isDumped(String text, SqlStatement statement) {
    String name = statement.word(statement.word(0).equals("COMMENT") ? 3 : 2);
    String plain = SqlText.name(name, null);
    String stands = dumped(PgDumpNames.read(text));
    return plain != null && (plain.equals(stands) || plain.equals("public"));
  }

  private void leaveOutHistory(String text, String dumped, StringBuilder own) {
    SqlScript.<RuntimeException>each(
        text,
        statement -> {
          PgDumpNames.Name first = PgDumpNames.firstName(text, statement);
          if (first != null && first.schema().equals(dumped) && first.name().equals(history)) {
            blank(own, statement.start(), statement.end());
          }
        });
  }

  private static void blank(StringBuilder text, int start, int end) {
    for (int i = start; i < end; i++) {
      if (text.charAt(i) != '\n' && text.charAt(i) != '\r') {
        text.setCharAt(i, ' ');
      }
    }
  }

  /** Puts the schema that is migrated before what the dump makes; bodies of functions included. */
  private record Rewriting(
      String text, String dumped, Set<String> made, SplicedText.Writer writer) {

    void scan(int from, int to, boolean dollarQuoted) {
      SqlLexer lexer = new SqlLexer(text.substring(from, to));
      int start = -1;
      int end = -1;
      boolean dotted = false;
      String before = "";
      String verb = "";
      for (Token token = lexer.next();
          token != Token.END && token != Token.UNTERMINATED;
          token = lexer.next()) {
        boolean name = token == Token.WORD || token == Token.QUOTED_IDENTIFIER;
        String said = name ? SqlText.name(lexer.text(), null) : null;
        if (token == Token.STRING) {
          string(from + lexer.start(), from + lexer.end(), lexer.text(), dollarQuoted);
        }
        if (dotted && said != null && made.contains(said)) {
          writer.splice(start, end, Splice.Value.SCHEMA, Context.IDENT, dollarQuoted);
        }
        boolean dot = token == Token.SYMBOL && lexer.text().equals(".") && start >= 0;
        if (dot) {
          dotted = true;
          continue;
        }
        dotted = false;
        start = -1;
        if (dumped.equals(said)) {
          start = from + lexer.start();
          end = from + lexer.end();
          if (before.equals("SCHEMA") && GRANTS.contains(verb)) {
            writer.splice(start, end, Splice.Value.SCHEMA, Context.IDENT, dollarQuoted);
            start = -1;
          }
        }
        before = token == Token.WORD ? lexer.word() : "";
        verb = token == Token.SEMICOLON ? "" : verb.isEmpty() ? before : verb;
      }
    }

    /** Whether a string names an object: {@code nextval('public.users_id_seq'::regclass)}. */
    private boolean isObject(int start, int end) {
      String before = text.substring(Math.max(0, start - 40), start);
      String behind = text.substring(end, Math.min(text.length(), end + 40));
      return CALLS.matcher(before).find() || CASTS.matcher(behind).lookingAt();
    }

    private void string(int start, int end, String token, boolean dollarQuoted) {
      if (token.startsWith("$")) {
        int tag = token.indexOf('$', 1) + 1;
        scan(start + tag, end - tag, true);
        return;
      }
      if (!isObject(start, end)) {
        return;
      }
      for (String prefix : new String[] {dumped + ".", "\"" + dumped + "\"."}) {
        if (token.startsWith("'" + prefix)) {
          String name = token.substring(1 + prefix.length(), token.length() - 1);
          String plain = SqlText.name(name.isEmpty() ? "_" : name.replace("''", "'"), null);
          if (plain != null && made.contains(plain)) {
            writer.splice(
                start + 1,
                start + prefix.length(),
                Splice.Value.SCHEMA,
                Context.IDENT_IN_STRING,
                dollarQuoted);
          }
        }
      }
    }
  }
}

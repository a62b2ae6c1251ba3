package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.Splice.Context;
import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import dev.tenantgate.migrator.sql.SqlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Puts the schema that is migrated before everything that a dump makes: before names, in {@code
 * OPERATOR(schema.+)}, in search paths, in strings that name objects; bodies of functions included.
 * One pass over a text, confined to one thread.
 */
final class PgDumpRewriting {

  private static final Set<String> GRANTS = Set.of("GRANT", "REVOKE", "ALTER");

  private static final Pattern CALLS =
      Pattern.compile("(?i)\\b(?:next|set|curr)val\"?\\s*\\(\\s*$");

  private static final Pattern CASTS =
      Pattern.compile("(?i)\\s*::\\s*(?:\"?pg_catalog\"?\\.)?\"?reg");

  private final String text;
  private final String dumped;
  private final Set<String> made;
  private final SplicedText.Writer writer;
  private final Pattern reference;
  private final List<Integer> left = new ArrayList<>();
  private final SortedSet<String> notMade = new TreeSet<>();

  /**
   * Prepares a pass.
   *
   * @param dumped the schema that was dumped
   * @param made what the dump makes in it
   */
  PgDumpRewriting(String text, String dumped, Set<String> made) {
    this.text = text;
    this.dumped = dumped;
    this.made = made;
    this.writer = new SplicedText.Writer(text);
    this.reference = Pattern.compile("(?<![\\w$\".])\"?" + Pattern.quote(dumped) + "\"?\\.[\"\\w]");
  }

  /** Rewrites. */
  SplicedText rewrite() {
    new Scan(0, text.length(), false).run();
    return writer.done();
  }

  /** The lines in which strings of functions' bodies name the schema, which stays as it is. */
  List<Integer> left() {
    return left.stream().map(this::lineOf).distinct().toList();
  }

  /**
   * Objects that are named in the schema and not made by the dump. Of public that is no fault:
   * others' functions may be there; nor where a table is called as the schema is, and its columns
   * follow.
   */
  SortedSet<String> notMade() {
    return dumped.equals("public") || made.contains(dumped) ? new TreeSet<>() : notMade;
  }

  private int lineOf(int index) {
    return 1 + (int) text.substring(0, index).chars().filter(c -> c == '\n').count();
  }

  /** The kind of a text outside of quotes: the dump itself, or the body of a function. */
  private final class Scan {

    private final int from;
    private final int to;
    private final boolean dollarQuoted;
    private int start = -1;
    private int end = -1;
    private boolean dotted;
    private boolean operator;
    private boolean path;
    private String before = "";
    private String verb = "";

    Scan(int from, int to, boolean dollarQuoted) {
      this.from = from;
      this.to = to;
      this.dollarQuoted = dollarQuoted;
    }

    void run() {
      SqlLexer lexer = new SqlLexer(text.substring(from, to));
      for (Token token = lexer.next();
          token != Token.END && token != Token.UNTERMINATED;
          token = lexer.next()) {
        take(token, lexer);
      }
    }

    private void take(Token token, SqlLexer lexer) {
      boolean name = token == Token.WORD || token == Token.QUOTED_IDENTIFIER;
      String said = name ? SqlText.name(lexer.text(), null) : null;
      if (token == Token.STRING) {
        string(from + lexer.start(), from + lexer.end(), lexer.text());
      }
      boolean symbol = operator && token == Token.SYMBOL && !lexer.text().equals(".");
      if (dotted && (symbol || (said != null && made.contains(said)))) {
        splice(start, end, Context.IDENT);
      } else if (dotted && said != null) {
        notMade.add(dumped + "." + said);
      }
      if (token == Token.SYMBOL && lexer.text().equals(".") && start >= 0) {
        dotted = true;
        return;
      }
      dotted = false;
      start = -1;
      if (dumped.equals(said)) {
        start = from + lexer.start();
        end = from + lexer.end();
        boolean alone = path || (before.equals("SCHEMA") && GRANTS.contains(verb));
        if (alone) {
          splice(start, end, Context.IDENT);
          start = -1;
        }
      }
      String word = token == Token.WORD ? lexer.word() : "";
      operator = word.equals("OPERATOR") || (operator && (token == Token.OPEN || start >= 0));
      path = "search_path".equals(said) || (path && goesOnInPath(token, word, lexer.text()));
      before = word;
      verb = token == Token.SEMICOLON ? "" : verb.isEmpty() ? before : verb;
    }

    /** Whether the elements of a search path go on: {@code TO 'acme', public}. */
    private boolean goesOnInPath(Token token, String word, String symbol) {
      boolean between = symbol.equals(",") || symbol.equals("=") || word.equals("TO");
      boolean wasBetween = before.isEmpty() || before.equals("TO") || before.equals("SEARCH_PATH");
      return between || (token != Token.SEMICOLON && (token != Token.WORD || wasBetween));
    }

    private void splice(int first, int behind, Context context) {
      writer.splice(first, behind, Splice.Value.SCHEMA, context, dollarQuoted);
    }

    private void string(int first, int behind, String token) {
      if (token.startsWith("$")) {
        int tag = token.indexOf('$', 1) + 1;
        new Scan(first + tag, behind - tag, true).run();
        return;
      }
      boolean inPath = path || isPathsValue(first);
      if (inPath && token.equals("'" + dumped + "'")) {
        splice(first + 1, behind - 1, Context.STRING);
      } else if (isObject(first, behind)) {
        object(first, token);
      } else if (dollarQuoted && reference.matcher(token).find()) {
        left.add(first);
      }
    }

    private void object(int first, String token) {
      for (String prefix : new String[] {dumped + ".", "\"" + dumped + "\"."}) {
        if (token.startsWith("'" + prefix)) {
          String name = token.substring(1 + prefix.length(), token.length() - 1);
          String plain = SqlText.name(name.isEmpty() ? "_" : name.replace("''", "'"), null);
          if (plain != null && made.contains(plain)) {
            splice(first + 1, first + prefix.length(), Context.IDENT_IN_STRING);
          }
        }
      }
    }
  }

  /** Whether it is the second argument of {@code set_config('search_path', …)}. */
  private boolean isPathsValue(int first) {
    return text.substring(Math.max(0, first - 30), first)
        .replaceAll("\\s", "")
        .endsWith("('search_path',");
  }

  /** Whether a string names an object: {@code nextval('public.users_id_seq'::regclass)}. */
  private boolean isObject(int first, int behind) {
    String ahead = text.substring(Math.max(0, first - 40), first);
    String next = text.substring(behind, Math.min(text.length(), behind + 40));
    return CALLS.matcher(ahead).find() || CASTS.matcher(next).lookingAt();
  }
}

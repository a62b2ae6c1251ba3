package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.MigrationHeader.Comment;
import dev.tenantgate.migrator.python.PythonSyntaxException;
import dev.tenantgate.migrator.python.PythonText;
import dev.tenantgate.migrator.python.PythonToken;
import dev.tenantgate.migrator.python.PythonToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A Python file's statements while the SQL is looked for in them. The text counts as SQL only where
 * running the file couldn't change it: each of the two names is assigned once, at the top level, a
 * string literal; {@code upgrade()} and {@code downgrade()}, where they exist, return just that.
 * Confined to one thread.
 */
final class PythonModule {

  private static final String UPGRADE = "UPGRADE_SQL";
  private static final String DOWNGRADE = "DOWNGRADE_SQL";
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<=", ">=");

  private final List<List<PythonToken>> statements = new ArrayList<>();
  private final List<Comment> comments = new ArrayList<>();

  PythonModule(List<PythonToken> tokens) {
    List<PythonToken> statement = new ArrayList<>();
    for (PythonToken token : tokens) {
      if (token.kind() == Kind.COMMENT) {
        comments.add(new Comment(token.text().substring(1), token.line()));
      } else if (token.kind() == Kind.NEWLINE || (token.isOperator(";") && token.depth() == 0)) {
        if (!statement.isEmpty()) {
          statements.add(List.copyOf(statement));
          statement.clear();
        }
      } else {
        statement.add(token);
      }
    }
  }

  PythonMigration read() throws PythonSyntaxException {
    String summary = readDocstring();
    checkAssignments();
    checkFunction("upgrade", UPGRADE);
    checkFunction("downgrade", DOWNGRADE);
    PythonMigration.Sql upgrade = value(UPGRADE);
    if (upgrade == null) {
      throw new PythonSyntaxException(
          1, "there is no UPGRADE_SQL = \"…\" in this file; its code isn't run");
    }
    return new PythonMigration(comments, summary, upgrade, value(DOWNGRADE));
  }

  /** Adds the docstring's comment lines to the others; returns its first line of prose. */
  private String readDocstring() {
    if (statements.isEmpty() || !isAllStrings(statements.get(0))) {
      return "";
    }
    String summary = "";
    PythonToken literal = statements.get(0).get(0);
    int line = literal.line();
    for (String text : literal.text().split("\n", -1)) {
      String words = stripQuotes(text.strip());
      if (words.startsWith("#")) {
        comments.add(new Comment(words.substring(1), line));
      } else if (summary.isEmpty()) {
        summary = words;
      }
      line++;
    }
    comments.sort((a, b) -> Integer.compare(a.line(), b.line()));
    return summary;
  }

  private static String stripQuotes(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && (text.charAt(from) == '"' || text.charAt(from) == '\'')) {
      from++;
    }
    while (to > from && (text.charAt(to - 1) == '"' || text.charAt(to - 1) == '\'')) {
      to--;
    }
    return text.substring(from, to).strip();
  }

  /** Refuses every assignment of the two names but a plain one. */
  private void checkAssignments() throws PythonSyntaxException {
    for (List<PythonToken> statement : statements) {
      for (int i = 0; i + 1 < statement.size(); i++) {
        PythonToken token = statement.get(i);
        boolean named = token.isName(UPGRADE) || token.isName(DOWNGRADE);
        boolean plain = i == 0 && !token.indented() && equalsSign(statement) > 0;
        if (named && token.depth() == 0 && !plain && isAssigned(statement, i)) {
          throw new PythonSyntaxException(
              token.line(),
              "%s is computed here; it must be assigned once, at the top level, a string literal"
                  .formatted(token.text()));
        }
      }
    }
  }

  private static boolean isAssigned(List<PythonToken> statement, int index) {
    PythonToken next = statement.get(index + 1);
    boolean imported = statement.get(0).isName("from") || statement.get(0).isName("import");
    return imported
        || (index == 0 && equalsSign(statement) > 0)
        || (next.kind() == Kind.OPERATOR
            && next.text().endsWith("=")
            && !COMPARISONS.contains(next.text()));
  }

  /** Where the = stands in {@code NAME = …} or {@code NAME: type = …}; 0 in other statements. */
  private static int equalsSign(List<PythonToken> statement) {
    if (statement.get(1).isOperator("=")) {
      return 1;
    }
    if (statement.get(1).isOperator(":")) {
      for (int i = 2; i < statement.size(); i++) {
        if (statement.get(i).isOperator("=")) {
          return i;
        }
      }
    }
    return 0;
  }

  private PythonMigration.@Nullable Sql value(String name) throws PythonSyntaxException {
    PythonMigration.Sql value = null;
    int assignedIn = 0;
    for (List<PythonToken> statement : statements) {
      PythonToken first = statement.get(0);
      int equals = statement.size() < 3 || first.indented() ? 0 : equalsSign(statement);
      if (first.isName(name) && equals > 0) {
        if (assignedIn > 0) {
          throw new PythonSyntaxException(
              first.line(),
              "%s is assigned a second time; the first is in line %d".formatted(name, assignedIn));
        }
        assignedIn = first.line();
        value = literal(name, first, statement.subList(equals + 1, statement.size()));
      }
    }
    return value;
  }

  private static PythonMigration.@Nullable Sql literal(
      String name, PythonToken first, List<PythonToken> expression) throws PythonSyntaxException {
    List<PythonToken> literals = expression;
    while (literals.size() > 2
        && literals.get(0).isOperator("(")
        && literals.get(literals.size() - 1).isOperator(")")) {
      literals = literals.subList(1, literals.size() - 1);
    }
    if (literals.size() == 1 && literals.get(0).isName("None")) {
      return null;
    }
    if (!isAllStrings(literals)) {
      throw new PythonSyntaxException(
          first.line(),
          "%s is computed; only a plain string literal can be read, since the file is never run"
              .formatted(name));
    }
    return new PythonMigration.Sql(PythonText.of(literals));
  }

  /** Refuses a function that does more than return its text. */
  private void checkFunction(String function, String name) throws PythonSyntaxException {
    for (int i = 0; i < statements.size(); i++) {
      List<PythonToken> head = statements.get(i);
      int def = head.get(0).isName("async") ? 1 : 0;
      boolean defines =
          head.size() > def + 1
              && !head.get(0).indented()
              && head.get(def).isName("def")
              && head.get(def + 1).isName(function);
      if (!defines) {
        continue;
      }
      List<PythonToken> inline = behindColon(head);
      if (!inline.isEmpty()) {
        checkBody(function, name, inline);
      }
      for (int j = i + 1; j < statements.size() && statements.get(j).get(0).indented(); j++) {
        checkBody(function, name, statements.get(j));
      }
    }
  }

  private static List<PythonToken> behindColon(List<PythonToken> head) {
    for (int i = 0; i < head.size(); i++) {
      if (head.get(i).isOperator(":") && head.get(i).depth() == 0) {
        return head.subList(i + 1, head.size());
      }
    }
    return List.of();
  }

  private static void checkBody(String function, String name, List<PythonToken> statement)
      throws PythonSyntaxException {
    boolean harmless =
        isAllStrings(statement)
            || (statement.size() == 1 && statement.get(0).isName("pass"))
            || (statement.size() == 2
                && statement.get(0).isName("return")
                && (statement.get(1).isName(name) || statement.get(1).isName("None")));
    if (!harmless) {
      throw new PythonSyntaxException(
          statement.get(0).line(),
          "%s() does more than return %s, and it is never run; put the SQL into the literal"
              .formatted(function, name));
    }
  }

  private static boolean isAllStrings(List<PythonToken> tokens) {
    return !tokens.isEmpty() && tokens.stream().allMatch(token -> token.kind() == Kind.STRING);
  }
}

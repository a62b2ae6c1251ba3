package dev.tenantgate.migrator.changelog;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether a context expression of Liquibase's holds: names with {@code and}, {@code or}, {@code
 * not} and parentheses; a comma is an {@code or}. Confined to one look.
 */
final class LiquibaseContext {

  private static final Pattern TOKEN = Pattern.compile("[()!,]|[^()!,\\s]+");

  private final List<String> tokens = new ArrayList<>();
  private final String current;
  private int at;

  private LiquibaseContext(String expression, String current) {
    Matcher token = TOKEN.matcher(expression.toLowerCase(Locale.ROOT));
    while (token.find()) {
      tokens.add(token.group());
    }
    this.current = current.toLowerCase(Locale.ROOT);
  }

  /**
   * Holds an expression against the context that the tool is run in.
   *
   * @param expression null for one that always holds
   * @param current null where no context is known: then everything is applied, as the tool does
   */
  static boolean holds(@Nullable String expression, @Nullable String current) {
    return expression == null
        || current == null
        || new LiquibaseContext(expression, current).either();
  }

  private boolean either() {
    boolean holds = both();
    while (takes(",") || takes("or")) {
      holds |= both();
    }
    return holds;
  }

  private boolean both() {
    boolean holds = one();
    while (takes("and")) {
      holds &= one();
    }
    return holds;
  }

  private boolean one() {
    if (takes("!") || takes("not")) {
      return !one();
    }
    if (takes("(")) {
      boolean holds = either();
      takes(")");
      return holds;
    }
    return at < tokens.size() && tokens.get(at++).equals(current);
  }

  private boolean takes(String token) {
    boolean found = at < tokens.size() && tokens.get(at).equals(token);
    at += found ? 1 : 0;
    return found;
  }
}

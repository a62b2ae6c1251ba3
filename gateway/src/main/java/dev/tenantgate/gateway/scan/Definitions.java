package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.util.Set;

/**
 * Tells texts that do no more than define something, or take it away: what they name isn't run.
 * Stateless.
 */
final class Definitions {

  private static final Set<String> MODIFIERS = Set.of("or", "replace", "constraint", "recursive");

  /** Nothing of these is evaluated when it is created or altered. */
  private static final Set<String> STORED =
      Set.of("function", "procedure", "routine", "view", "rule", "trigger", "policy", "aggregate");

  private Definitions() {}

  /** Whether each of a text's statements is a definition. */
  static boolean areAllOf(ByteBuf text, int from, int bytes, LexicalRules rules) {
    SqlTokens tokens =
        new SqlTokens(
            text.toString(from, bytes, rules.encoding().charset()),
            rules.standardConformingStrings());
    while (!tokens.atEnd()) {
      if (!tokens.atStatementEnd() && !isOne(tokens)) {
        return false;
      }
      while (!tokens.atStatementEnd()) {
        tokens.advance();
      }
      if (!tokens.atEnd()) {
        tokens.beginStatement();
      }
    }
    return true;
  }

  private static boolean isOne(SqlTokens tokens) {
    if (tokens.isAny("drop", "grant", "revoke", "comment")) {
      return true;
    }
    if (!tokens.isAny("create", "alter")) {
      return false;
    }
    tokens.advance();
    while (MODIFIERS.contains(tokens.word())) {
      tokens.advance();
    }
    return STORED.contains(tokens.word());
  }
}

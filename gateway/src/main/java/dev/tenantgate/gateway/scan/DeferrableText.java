package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Texts that the server does nothing for but to change its transaction's state, and can't refuse: a
 * BEGIN that asks for nothing else, a SET LOCAL of the path to what stands in the text, and the end
 * of such a transaction. Their answer is known before the server has them.
 */
public enum DeferrableText {
  BEGIN("BEGIN"),
  START_TRANSACTION("START TRANSACTION"),
  SET_LOCAL("SET"),
  COMMIT("COMMIT"),
  ROLLBACK("ROLLBACK");

  /** Longer ones aren't looked at. */
  public static final int MOST_BYTES = 256;

  private static final String PATH = SessionEffect.SEARCH_PATH;

  private final String tag;

  DeferrableText(String tag) {
    this.tag = tag;
  }

  /** The command's tag, as its CommandComplete has it. */
  public String tag() {
    return tag;
  }

  /** Whether it begins a transaction. */
  public boolean begins() {
    return this == BEGIN || this == START_TRANSACTION;
  }

  /** Whether it ends one. */
  public boolean ends() {
    return this == COMMIT || this == ROLLBACK;
  }

  /** The one that a text is; null for every other text. */
  public static @Nullable DeferrableText of(ByteBuf text, int from, int bytes, LexicalRules rules) {
    if (bytes > MOST_BYTES || !rules.equals(LexicalRules.DEFAULT)) {
      return null;
    }
    ScannedQuery query = SqlScan.scan(text, from, bytes, rules);
    if (query.statements() != 1 || query.steps().size() != 1 || !query.exact()) {
      return null;
    }
    SessionEffect effect = query.steps().get(0).effect();
    return switch (effect.kind()) {
      case BEGIN -> beginning(text, from, bytes);
      case COMMIT -> ((SessionEffect.Commit) effect).chain() ? null : COMMIT;
      case ROLLBACK -> ((SessionEffect.Rollback) effect).chain() ? null : ROLLBACK;
      case SET_PARAMETER ->
          setsPath((SessionEffect.SetParameter) effect)
                  && query.isSelfContained(text, from, bytes)
                  && !mayHaveComment(text, from, bytes)
              ? SET_LOCAL
              : null;
      default -> null;
    };
  }

  private static boolean setsPath(SessionEffect.SetParameter set) {
    return set.local() && set.name().equals(PATH) && set.value() instanceof Operand.Literal;
  }

  /** One that isn't closed would be an error, or swallow what is put behind it. */
  private static boolean mayHaveComment(ByteBuf text, int from, int bytes) {
    for (int at = from + 1; at < from + bytes; at++) {
      byte b = text.getByte(at);
      if ((b == '-' || b == '*') && text.getByte(at - 1) == (b == '-' ? '-' : '/')) {
        return true;
      }
    }
    return false;
  }

  /** A BEGIN without options: not every server grants every option. */
  private static @Nullable DeferrableText beginning(ByteBuf text, int from, int bytes) {
    int end = from + bytes;
    int at = skipBlanks(text, from, end);
    DeferrableText found = BEGIN;
    int behind = skipWord(text, at, end, "begin");
    if (behind < 0) {
      found = START_TRANSACTION;
      behind = skipWord(text, at, end, "start");
    }
    if (behind < 0) {
      return null;
    }
    at = skipBlanks(text, behind, end);
    behind = skipWord(text, at, end, "transaction");
    if (behind < 0 && found == BEGIN) {
      behind = Math.max(at, skipWord(text, at, end, "work"));
    }
    if (behind < 0) {
      return null;
    }
    at = skipBlanks(text, behind, end);
    while (at < end && text.getByte(at) == ';') {
      at = skipBlanks(text, at + 1, end);
    }
    return at == end ? found : null;
  }

  private static int skipBlanks(ByteBuf text, int from, int end) {
    int at = from;
    while (at < end && QuickLook.isSpace(text.getByte(at))) {
      at++;
    }
    return at;
  }

  /** Where a word ends; -1 if it isn't there. */
  private static int skipWord(ByteBuf text, int at, int end, String word) {
    if (end - at < word.length()) {
      return -1;
    }
    for (int i = 0; i < word.length(); i++) {
      if ((text.getByte(at + i) | 0x20) != word.charAt(i)) {
        return -1;
      }
    }
    return at + word.length();
  }
}

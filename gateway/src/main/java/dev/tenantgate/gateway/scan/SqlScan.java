package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Finds out what a query's text does to its session. Nearly every text is ruled out by a look at
 * its bytes ({@link QuickLook}), which allocates nothing; what is left is read token by token
 * ({@link EffectReader}), in time linear to its length; short ones that set the path are remembered
 * by the thread ({@link RecentScans}). Nothing is parsed that does nothing, and what makes no sense
 * has no effects: the server refuses it as a whole.
 *
 * <p>Thread-safe.
 */
public final class SqlScan {

  private static final FastThreadLocal<RecentScans> RECENT =
      new FastThreadLocal<>() {
        @Override
        protected RecentScans initialValue() {
          return new RecentScans();
        }
      };

  private SqlScan() {}

  /**
   * Scans a text.
   *
   * @param text not changed, its indexes neither
   * @param from index of the first byte
   * @param bytes length, without the NUL that ends it
   */
  public static ScannedQuery scan(ByteBuf text, int from, int bytes, LexicalRules rules) {
    if (rules.encoding().asciiSafe()) {
      ScannedQuery known = PlainCommand.find(text, from, bytes);
      if (known != null) {
        return known;
      }
      if (!QuickLook.mayMatter(text, from, from + bytes)) {
        return ScannedQuery.NOTHING;
      }
    }
    return rules.equals(LexicalRules.DEFAULT)
        ? scanByDefault(text, from, bytes)
        : read(text, from, bytes, rules);
  }

  /** Whether a text's first statement reads or writes rows, and isn't a command of another kind. */
  public static boolean isAboutRows(ByteBuf text, int from, int bytes) {
    return QuickLook.isAboutRows(text, from, from + bytes);
  }

  /** Where a text's first statement begins, if that defines or drops something; -1 otherwise. */
  public static int definitionAt(ByteBuf text, int from, int bytes) {
    return QuickLook.definitionAt(text, from, from + bytes);
  }

  /** Whether a text does no more than define or drop functions, views and the like. */
  public static boolean onlyDefines(ByteBuf text, int from, int bytes, LexicalRules rules) {
    return Definitions.areAllOf(text, from, bytes, rules);
  }

  private static ScannedQuery scanByDefault(ByteBuf text, int from, int bytes) {
    RecentScans recent = RECENT.get();
    ScannedQuery known = recent.find(text, from, bytes);
    if (known == null) {
      known = read(text, from, bytes, LexicalRules.DEFAULT);
      if (setsPath(known)) {
        recent.remember(text, from, bytes, known);
      }
    }
    return known;
  }

  /** Other texts are of a thousand kinds, and may have in them what is nobody's to keep. */
  private static boolean setsPath(ScannedQuery query) {
    for (ScannedQuery.Step step : query.steps()) {
      SessionEffect effect = step.effect();
      if (effect.kind().parameters() == EffectKind.Parameters.SETS
          && ((SessionEffect.Named) effect).name().equals(SessionEffect.SEARCH_PATH)) {
        return true;
      }
    }
    return false;
  }

  private static ScannedQuery read(ByteBuf text, int from, int bytes, LexicalRules rules) {
    return EffectReader.read(
        text.toString(from, bytes, rules.encoding().charset()), rules.standardConformingStrings());
  }
}

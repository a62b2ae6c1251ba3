package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;

/**
 * Finds the words in a text that concern sequences: calls of {@code currval} and {@code lastval},
 * and whatever may advance a sequence, by its name or by writing to a table. Looks at the bytes,
 * eight at a time; words in literals and comments count as well. Allocates nothing. Stateless.
 */
public final class SequenceWords {

  /** {@code lastval} is called. */
  public static final int READS_LAST = 1;

  /** {@code currval} is called. */
  public static final int READS_CURRENT = 2;

  /** A sequence may be advanced. */
  public static final int ADVANCES = 4;

  /** The first that advances stands before the first that reads. */
  public static final int ADVANCES_FIRST = 8;

  /** A sequence may be set, which {@code lastval} knows nothing of. */
  public static final int SETS = 16;

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long FOLD = 0x20 * ONES;

  private SequenceWords() {}

  /** The words in a text, as a sum of the constants; 0 for none. */
  public static int in(ByteBuf text, int from, int bytes) {
    int end = from + bytes;
    int found = beginsWriting(text, from, end) ? ADVANCES : 0;
    int at = from;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      long eight = text.getLongLE(at);
      long hits = matches(eight | FOLD, 'v' * ONES) | matches(eight, ';' * ONES);
      while (hits != 0) {
        int hit = at + (Long.numberOfTrailingZeros(hits) >>> 3);
        found = with(found, wordAt(text, from, hit, end));
        hits &= hits - 1;
      }
    }
    for (; at < end; at++) {
      found = with(found, wordAt(text, from, at, end));
    }
    return found;
  }

  private static long matches(long eight, long pattern) {
    long difference = eight ^ pattern;
    return (difference - ONES) & ~difference & HIGHS;
  }

  private static int with(int found, int word) {
    boolean reads = (word & (READS_LAST | READS_CURRENT)) != 0;
    return found | word | (reads && (found & ADVANCES) != 0 ? ADVANCES_FIRST : 0);
  }

  private static int wordAt(ByteBuf text, int from, int at, int end) {
    byte b = text.getByte(at);
    if (b == ';') {
      return beginsWriting(text, at + 1, end) ? ADVANCES : 0;
    }
    if ((b | 0x20) != 'v') {
      return 0;
    }
    if (is(text, from, at - 4, end, "lastval")) {
      return READS_LAST;
    }
    if (is(text, from, at - 4, end, "currval")) {
      return READS_CURRENT;
    }
    if (is(text, from, at - 3, end, "setval")) {
      return ADVANCES | SETS;
    }
    return is(text, from, at - 4, end, "nextval") ? ADVANCES : 0;
  }

  /** Whether a statement begins here that may write to a table. */
  private static boolean beginsWriting(ByteBuf text, int from, int end) {
    int at = QuickLook.skipBlanks(text, from, end);
    if (at == end) {
      return false;
    }
    return switch (text.getByte(at) | 0x20) {
      case 'i' -> is(text, from, at, end, "insert");
      case 'm' -> is(text, from, at, end, "merge");
      case 'c' -> is(text, from, at, end, "copy");
      case 'w' -> is(text, from, at, end, "with");
      default -> false;
    };
  }

  /** Whether a whole word stands here. */
  private static boolean is(ByteBuf text, int from, int at, int end, String word) {
    int behind = at + word.length();
    if (at < from || behind > end) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if ((text.getByte(at + i) | 0x20) != word.charAt(i)) {
        return false;
      }
    }
    return (at == from || !isPartOfWord(text.getByte(at - 1)))
        && (behind == end || !isPartOfWord(text.getByte(behind)));
  }

  private static boolean isPartOfWord(byte b) {
    int folded = b | 0x20;
    return (folded >= 'a' && folded <= 'z') || (b >= '0' && b <= '9') || b == '_' || b == '$';
  }
}

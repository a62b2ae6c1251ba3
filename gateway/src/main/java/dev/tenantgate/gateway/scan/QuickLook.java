package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Tells texts that do nothing to their session by a look at their bytes, eight at a time. An effect
 * takes a statement that begins with one of a few words, or one of a few names somewhere in it; a
 * text that has neither, in quotes or not, has no effect. It errs on the safe side alone.
 *
 * <p>Looks at each byte of a text, and a bounded number of times at those around a semicolon.
 * Allocates nothing. Stateless.
 */
final class QuickLook {

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long FOLD = 0x20 * ONES;

  /** How far comments between two statements are followed. */
  private static final int MAX_BLANKS = 256;

  private static final byte[] SET_CONFIG = bytes("set_config");
  private static final byte[] PG_SETTINGS = bytes("pg_settings");
  private static final byte[] PG_TEMP = bytes("pg_temp");
  private static final byte[] PG_TERMINATE_BACKEND = bytes("pg_terminate_backend");
  private static final byte[] PG_CANCEL_BACKEND = bytes("pg_cancel_backend");
  private static final byte[] PG_NOTIFY = bytes("pg_notify");
  private static final byte[] SET_SEED = bytes("setseed");
  private static final byte[] ADVISORY_LOCK = bytes("advisory_lock");
  private static final byte[][] ABOUT_ROWS = {
    bytes("select"),
    bytes("insert"),
    bytes("update"),
    bytes("delete"),
    bytes("merge"),
    bytes("with"),
    bytes("values"),
    bytes("table")
  };
  private static final byte[] BACKUP_START = bytes("backup_start");
  private static final byte[] START_BACKUP = bytes("start_backup");
  private static final byte[] DBLINK_CONNECT = bytes("dblink_connect");
  private static final byte[] ORIGIN_SETUP = bytes("origin_session_setup");
  private static final byte[] REPLICATION_SLOT = bytes("replication_slot");
  private static final byte[] ALTER = bytes("alter");
  private static final byte[] CREATE = bytes("create");
  private static final byte[] DROP = bytes("drop");
  private static final byte[] IMPORT = bytes("import");

  /** The words that begin a statement with an effect, by their first letter. */
  private static final byte[][][] STARTERS = new byte[26][][];

  static {
    for (int i = 0; i < STARTERS.length; i++) {
      STARTERS[i] = new byte[0][];
    }
    starters("abort", "alter");
    starters("begin");
    starters("call", "commit", "create");
    starters("deallocate", "declare", "discard", "do", "drop");
    starters("end", "execute", "explain");
    starters("import");
    starters("listen", "load");
    starters("notify");
    starters("prepare");
    starters("release", "reset", "rollback");
    starters("savepoint", "set", "start");
    starters("unlisten");
  }

  private QuickLook() {}

  /** Whether the text may do something to its session. */
  static boolean mayMatter(ByteBuf text, int from, int end) {
    if (mayStartEffect(text, from, end)) {
      return true;
    }
    int at = from;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      long eight = text.getLongLE(at);
      long hits =
          matches(eight, ';' * ONES)
              | matches(eight, '_' * ONES)
              | matches(eight, '&' * ONES)
              | matches(eight | FOLD, 'd' * ONES)
              | matches(eight | FOLD, 'p' * ONES);
      while (hits != 0) {
        if (isSuspicious(text, from, at + (Long.numberOfTrailingZeros(hits) >>> 3), end)) {
          return true;
        }
        hits &= hits - 1;
      }
    }
    for (; at < end; at++) {
      if (isSuspicious(text, from, at, end)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The high bit of each byte that equals the pattern's; above a true match there may be a false
   * one, which a second look at that byte tells.
   */
  private static long matches(long eight, long pattern) {
    long difference = eight ^ pattern;
    return (difference - ONES) & ~difference & HIGHS;
  }

  private static boolean isSuspicious(ByteBuf text, int from, int at, int end) {
    return switch (text.getByte(at)) {
      case ';' -> mayStartEffect(text, at + 1, end);
      case '_' -> isNameOfEffect(text, from, at, end);
      case '&' -> at + 1 < end && text.getByte(at + 1) == '"';
      // Of setseed.
      case 'd', 'D' -> is(text, from, at - SET_SEED.length + 1, end, SET_SEED);
      // Of INTO TEMP, INTO TEMPORARY.
      case 'p', 'P' ->
          at - from >= 3
              && lower(text, at - 1) == 'm'
              && lower(text, at - 2) == 'e'
              && lower(text, at - 3) == 't';
      default -> false;
    };
  }

  /** Whether an underscore stands in one of the names that have an effect. */
  private static boolean isNameOfEffect(ByteBuf text, int from, int at, int end) {
    if (at == from || at + 1 == end) {
      return false;
    }
    int before = lower(text, at - 1);
    int after = lower(text, at + 1);
    return switch (before) {
      case 't' ->
          after == 'c'
              ? is(text, from, at - 3, end, SET_CONFIG)
              : after == 'b' && is(text, from, at - 5, end, START_BACKUP);
      case 'p' -> after == 's' && is(text, from, at - 6, end, BACKUP_START);
      case 'k' -> after == 'c' && is(text, from, at - 6, end, DBLINK_CONNECT);
      case 'n' ->
          after == 's'
              && (is(text, from, at - 6, end, ORIGIN_SETUP)
                  || is(text, from, at - 11, end, REPLICATION_SLOT));
      case 'g' -> isPgName(text, from, at - 2, end, after);
      case 'y' -> after == 'l' && is(text, from, at - 8, end, ADVISORY_LOCK);
      default -> false;
    };
  }

  private static boolean isPgName(ByteBuf text, int from, int at, int end, int letter) {
    return switch (letter) {
      case 's' -> is(text, from, at, end, PG_SETTINGS);
      case 't' -> is(text, from, at, end, PG_TEMP) || is(text, from, at, end, PG_TERMINATE_BACKEND);
      case 'c' -> is(text, from, at, end, PG_CANCEL_BACKEND);
      case 'n' -> is(text, from, at, end, PG_NOTIFY);
      default -> false;
    };
  }

  private static boolean is(ByteBuf text, int from, int at, int end, byte[] name) {
    if (at < from || at + name.length > end) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      if (lower(text, at + i) != name[i] && text.getByte(at + i) != name[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether a statement with an effect may begin here, behind blanks and comments. */
  private static boolean mayStartEffect(ByteBuf text, int from, int end) {
    int horizon = Math.min(end, from + MAX_BLANKS);
    int at = skipBlanks(text, from, horizon);
    if (at == horizon) {
      return horizon < end;
    }
    int letter = lower(text, at) - 'a';
    if (letter < 0 || letter >= STARTERS.length) {
      return false;
    }
    for (byte[] word : STARTERS[letter]) {
      if (is(text, from, at, end, word) && !goesOn(text, at + word.length, end)) {
        return true;
      }
    }
    return false;
  }

  /** Where the first statement begins, if it defines or drops something; -1 otherwise. */
  static int definitionAt(ByteBuf text, int from, int end) {
    int at = skipBlanks(text, from, end);
    if (at == end) {
      return -1;
    }
    byte[] word =
        switch (lower(text, at)) {
          case 'a' -> ALTER;
          case 'c' -> CREATE;
          case 'd' -> DROP;
          case 'i' -> IMPORT;
          default -> null;
        };
    return word != null && is(text, from, at, end, word) ? at : -1;
  }

  /** Whether the first statement reads or writes rows, and isn't a command of another kind. */
  static boolean isAboutRows(ByteBuf text, int from, int end) {
    int at = skipBlanks(text, from, end);
    if (at < end && text.getByte(at) == '(') {
      return true;
    }
    for (byte[] word : ABOUT_ROWS) {
      if (is(text, from, at, end, word)) {
        return true;
      }
    }
    return false;
  }

  /** Index behind white space and comments; the end, if a comment reaches it. */
  static int skipBlanks(ByteBuf text, int from, int end) {
    int at = from;
    while (at < end) {
      byte b = text.getByte(at);
      if (isSpace(b)) {
        at++;
      } else if (b == '-' && at + 1 < end && text.getByte(at + 1) == '-') {
        at = endOfLine(text, at, end);
      } else if (b == '/' && at + 1 < end && text.getByte(at + 1) == '*') {
        at = endOfComment(text, at, end);
      } else {
        // The first of two characters may be the last of a horizon.
        return (b == '-' || b == '/') && at + 1 == end ? end : at;
      }
    }
    return at;
  }

  private static int endOfLine(ByteBuf text, int from, int end) {
    int at = from;
    while (at < end && text.getByte(at) != '\n' && text.getByte(at) != '\r') {
      at++;
    }
    return at;
  }

  private static int endOfComment(ByteBuf text, int from, int end) {
    int depth = 0;
    int at = from;
    while (at + 1 < end) {
      byte b = text.getByte(at);
      byte next = text.getByte(at + 1);
      if (b == '/' && next == '*') {
        depth++;
        at += 2;
      } else if (b == '*' && next == '/') {
        at += 2;
        if (--depth == 0) {
          return at;
        }
      } else {
        at++;
      }
    }
    return end;
  }

  /** Whether a word goes on at this index. */
  private static boolean goesOn(ByteBuf text, int at, int end) {
    if (at >= end) {
      return false;
    }
    byte b = text.getByte(at);
    int folded = b | 0x20;
    return (folded >= 'a' && folded <= 'z')
        || (b >= '0' && b <= '9')
        || b == '_'
        || b == '$'
        || b < 0;
  }

  static boolean isSpace(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }

  private static int lower(ByteBuf text, int at) {
    return text.getByte(at) | 0x20;
  }

  private static void starters(String... words) {
    byte[][] all = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      all[i] = bytes(words[i]);
    }
    STARTERS[words[0].charAt(0) - 'a'] = all;
  }

  private static byte[] bytes(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }
}

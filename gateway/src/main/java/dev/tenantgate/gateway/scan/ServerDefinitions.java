package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds in a statement's text the changes that make new sessions at the server different: roles,
 * rights and settings of roles and databases, files that are read again. It also finds databases
 * that the statement needs without other users. Errs on the safe side: at worst the server is asked
 * in vain. Stateless.
 */
public final class ServerDefinitions {

  private static final int MOST_BYTES = 16 * 1024;

  private static final String RELOAD = "pg_reload_conf";

  private static final Pattern ALTERS =
      Pattern.compile(
          "(?is)\\b(alter|create|drop)\\s+(role|user|group|database|system)\\b"
              + "|\\b(grant|revoke|drop\\s+owned|reassign\\s+owned)\\b|\\bpg_reload_conf\\b");

  private static final String NAME =
      "(\"[^\"]{1,130}(?:\"\"[^\"]{0,130}){0,20}\"|[\\w$\\x80-\\xff]+)";

  private static final Pattern NEEDS =
      Pattern.compile(
          "(?is)\\bdrop\\s+database\\s+(?:if\\s+exists\\s+)?"
              + NAME
              + "|\\balter\\s+database\\s+"
              + NAME
              + "\\s+(?:rename|set\\s+tablespace)\\b|\\bcreate\\s+database\\b[^;]{0,300}?\\btemplate\\s*=?\\s*"
              + NAME);

  private ServerDefinitions() {}

  /** Whether a text may be about any of it, by its first letters. */
  public static boolean mayConcern(ByteBuf in, int at, int bytes) {
    if (bytes < 4) {
      return false;
    }
    int first = in.getByte(at) | 0x20;
    int second = in.getByte(at + 1) | 0x20;
    return switch (first) {
      case 'a' -> second == 'l';
      case 'c', 'd', 'g' -> second == 'r';
      case 'r' -> second == 'e' && isAnyOf(in.getByte(at + 2) | 0x20, 'v', 'a');
      case 's' -> second == 'e' && (in.getByte(at + 2) | 0x20) == 'l' && callsReload(in, at, bytes);
      default -> false;
    };
  }

  private static boolean isAnyOf(int letter, int one, int other) {
    return letter == one || letter == other;
  }

  /** Allocates nothing: nearly all statements begin as this one does. */
  private static boolean callsReload(ByteBuf in, int at, int bytes) {
    int end = at + bytes;
    for (int found = bytes < 80 ? in.indexOf(at, end, (byte) '_') : -1;
        found >= 0;
        found = in.indexOf(found + 1, end, (byte) '_')) {
      if (isWord(in, found - 2, at, end, RELOAD)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isWord(ByteBuf in, int from, int at, int end, String word) {
    if (from < at || from + word.length() > end) {
      return false;
    }
    int i = 0;
    while (i < word.length() && Character.toLowerCase(in.getByte(from + i)) == word.charAt(i)) {
      i++;
    }
    return i == word.length();
  }

  private static String text(ByteBuf in, int at, int bytes) {
    return in.toString(at, Math.min(bytes, MOST_BYTES), StandardCharsets.UTF_8);
  }

  /** Whether new sessions may be other ones once it has run. */
  public static boolean alters(ByteBuf in, int at, int bytes) {
    return ALTERS.matcher(text(in, at, bytes)).find();
  }

  /** Databases that it needs for itself. */
  public static List<String> needs(ByteBuf in, int at, int bytes) {
    List<String> names = new ArrayList<>(0);
    for (Matcher needs = NEEDS.matcher(text(in, at, bytes)); needs.find(); ) {
      for (int i = 1; i <= needs.groupCount(); i++) {
        String name = needs.group(i);
        if (name != null) {
          names.add(
              name.startsWith("\"")
                  ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
                  : name.toLowerCase(Locale.ROOT));
        }
      }
    }
    return names;
  }
}

package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SqlScan;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a text defines, as far as that matters to others or to what comes later. Immutable.
 *
 * @param changesNames whether names may mean something else afterwards
 * @param defines whether it makes functions, or what calls them
 * @param hidden parameters that a function it makes may set
 */
record TextDefinitions(boolean changesNames, boolean defines, Set<String> hidden) {

  private static final TextDefinitions NONE = new TextDefinitions(false, false, Set.of());

  private static final Pattern MAKES_FUNCTION =
      Pattern.compile("(?is)^create\\s+(or\\s+replace\\s+)?(function|procedure)\\b");

  /** What may have a name mean something else, for others than the session itself. */
  private static final Pattern NAMES =
      Pattern.compile(
          "(?i)\\b(?:create\\s+(?!(?:local\\s+|global\\s+)?temp|(?:unique\\s+)?index\\b)"
              + "|alter\\b|drop\\b|import\\s+foreign\\b)");

  /** What sets a parameter within it; the server is asked for the same a little later. */
  private static final Pattern SETS =
      Pattern.compile(
          "(?i)set_config\\s*\\(\\s*(?:'([a-z_][a-z0-9_.$]*)'|[^'\\s])"
              + "|\\bset\\s+(?:session\\s+)?(search_path|[a-z_]\\w*\\.[a-z_]\\w*)\\b"
              + "|(?:;|'|\\$|\\*/|\\b(?:begin|then|else|loop)\\b)\\s*set\\s+(?:session\\s+)?"
              + "([a-z_]\\w*)");

  /** More parameters than a function sets: it counts as one that may set any. */
  private static final int MOST_HIDDEN = 100;

  TextDefinitions {
    hidden = Set.copyOf(hidden);
  }

  /** Looks at a text. On any thread. */
  static TextDefinitions find(ByteBuf in, int at, int bytes, ScannedQuery query) {
    int definition = SqlScan.definitionAt(in, at, bytes);
    if (definition < 0 && query.statements() == 1) {
      return NONE;
    }
    int from = Math.max(definition, at);
    String text = in.toString(from, at + bytes - from, StandardCharsets.ISO_8859_1);
    boolean names = NAMES.matcher(text).find();
    boolean defines = DefinitionWords.areIn(in, from, at + bytes - from);
    return names || defines
        ? new TextDefinitions(
            names, defines, MAKES_FUNCTION.matcher(text).find() ? parameters(text) : Set.of())
        : NONE;
  }

  private static Set<String> parameters(String text) {
    Set<String> found = new TreeSet<>();
    for (Matcher sets = SETS.matcher(text); sets.find() && found.size() <= MOST_HIDDEN; ) {
      String name = sets.group(1) == null ? sets.group(2) : sets.group(1);
      name = name == null ? sets.group(3) : name;
      found.add(name == null ? BackendPool.ANY_SETTING : parameter(name));
    }
    return found.size() > MOST_HIDDEN ? Set.copyOf(List.of(BackendPool.ANY_SETTING)) : found;
  }

  /** What a SET is about, by its first word. */
  private static String parameter(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "session" -> "session_authorization";
      case "time" -> "timezone";
      case "names" -> "client_encoding";
      default -> lower;
    };
  }
}

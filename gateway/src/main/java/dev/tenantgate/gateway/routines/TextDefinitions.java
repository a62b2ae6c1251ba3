package dev.tenantgate.gateway.routines;

import dev.tenantgate.gateway.scan.DefinitionWords;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SqlScan;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A text's definitions, as far as they matter to other sessions or to later statements. Immutable.
 *
 * @param changesNames whether names may mean something else afterwards
 * @param defines whether it makes functions, or what calls them
 * @param leads whether that may lead who runs it to another path, by the text alone
 * @param hidden parameters that a function it makes may set
 */
public record TextDefinitions(
    boolean changesNames, boolean defines, boolean leads, Set<String> hidden) {

  private static final TextDefinitions NONE = new TextDefinitions(false, false, false, Set.of());

  /** A longer text counts as one that leads: each of its bytes may cost a look at all others. */
  private static final int MOST_JUDGED_BYTES = 16 * 1024;

  /**
   * The words by which a body leads elsewhere; a language or an extension of which nothing is
   * known; names and bodies that are spelled otherwise than the server keeps them.
   */
  private static final Pattern LEADS =
      RoutinePattern.javaPattern(
          RoutinePattern.leading()
              + "|\\mlanguage\\M(?!\\s+['\"]?(sql|plpgsql)\\M)|\\mextension\\M|&'"
              + "|'(?=[ \\t]*+[\\r\\n])\\s++'");

  private static final Pattern ESCAPES = RoutinePattern.javaPattern("\\me'");

  private static final Pattern MAKES_FUNCTION =
      Pattern.compile("(?is)^create\\s+(or\\s+replace\\s+)?(function|procedure)\\b");

  /** Statements that may change what a name means, for others than the session itself. */
  private static final Pattern NAMES =
      Pattern.compile(
          "(?i)\\b(?:create\\s+(?!(?:local\\s+|global\\s+)?temp|(?:unique\\s+)?index\\b)"
              + "|alter\\b|drop\\b|import\\s+foreign\\b)");

  public TextDefinitions {
    hidden = Set.copyOf(hidden);
  }

  /** Looks at a text. On any thread. */
  public static TextDefinitions find(ByteBuf in, int at, int bytes, ScannedQuery query) {
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
            names,
            defines,
            defines && mayLead(text),
            MAKES_FUNCTION.matcher(text).find() ? SetParameters.in(text) : Set.of())
        : NONE;
  }

  private static boolean mayLead(String text) {
    if (text.length() > MOST_JUDGED_BYTES) {
      return true;
    }
    String lower = text.toLowerCase(Locale.ROOT);
    return LEADS.matcher(lower).find()
        || (lower.indexOf('\\') >= 0 && ESCAPES.matcher(lower).find());
  }
}

package dev.tenantgate.gateway.routines;

import dev.tenantgate.gateway.scan.DefinitionWords;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SqlScan;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A text's definitions, as far as they matter to other sessions or to later statements. Immutable.
 *
 * @param changesNames whether names may mean something else afterwards
 * @param defines whether it makes functions, or what calls them
 * @param hidden parameters that a function it makes may set
 */
public record TextDefinitions(boolean changesNames, boolean defines, Set<String> hidden) {

  private static final TextDefinitions NONE = new TextDefinitions(false, false, Set.of());

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
            names, defines, MAKES_FUNCTION.matcher(text).find() ? SetParameters.in(text) : Set.of())
        : NONE;
  }
}

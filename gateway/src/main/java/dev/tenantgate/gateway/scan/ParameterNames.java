package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds in texts and values what may be the name of a parameter of an extension's kind, {@code
 * app.tenant}: no server lists these, so each has to be known to be asked for. Names of tables look
 * alike; asking for one costs nothing. Stateless.
 */
public final class ParameterNames {

  /** More of them in one transaction aren't asked for. */
  public static final int MOST = 200;

  private static final Pattern NAME =
      Pattern.compile(
          "(?<![\\w$.])[A-Za-z_][\\w$]{0,62}(?:\\.[A-Za-z_][\\w$]{0,62}){1,2}(?![\\w$.(])");

  private ParameterNames() {}

  /** Adds those of a text, in lower case. */
  public static void addFrom(ByteBuf text, int from, int bytes, Set<String> names) {
    addFrom(text.toString(from, bytes, StandardCharsets.ISO_8859_1), names);
  }

  /** The same. */
  public static void addFrom(String text, Set<String> names) {
    Matcher name = NAME.matcher(text);
    while (names.size() < MOST && name.find()) {
      names.add(name.group().toLowerCase(Locale.ROOT));
    }
  }

  /** Adds names that were found in another text. */
  public static void add(Set<String> found, Set<String> names) {
    for (String name : found) {
      if (names.size() < MOST) {
        names.add(name);
      }
    }
  }
}

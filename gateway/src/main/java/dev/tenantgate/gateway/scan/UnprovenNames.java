package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names that a harmless text may not have in it. They are of all objects in a database that
 * lead to a routine which may change the session, and of the server's own functions that run a text
 * or a type's checks. Words count wherever they stand, in literals and comments too, so no rule of
 * reading a text matters. Immutable.
 *
 * @param everything whether a name isn't needed: a cast or an operator class leads there
 */
public record UnprovenNames(RoutineNames names, Set<String> operators, boolean everything) {

  /** Stands for what happens without a name. */
  public static final String EVERYTHING = "*";

  /** Of a database of which nothing is known. */
  public static final UnprovenNames UNKNOWN = new UnprovenNames(RoutineNames.NONE, Set.of(), true);

  /** Functions of the server's own that run what they are given, by a text or a number. */
  private static final List<String> BUILT_IN =
      List.of(
          "query_to_xml",
          "query_to_xmlschema",
          "query_to_xml_and_xmlschema",
          "table_to_xml",
          "table_to_xml_and_xmlschema",
          "schema_to_xml",
          "schema_to_xml_and_xmlschema",
          "database_to_xml",
          "database_to_xml_and_xmlschema",
          "cursor_to_xml",
          "ts_stat",
          "ts_rewrite",
          "domain_in",
          "domain_recv",
          "array_in",
          "array_recv",
          "record_in",
          "record_recv",
          "range_in",
          "range_recv",
          "multirange_in",
          "multirange_recv",
          "pg_input_is_valid",
          "pg_input_error_info",
          "brin_summarize_new_values",
          "brin_summarize_range",
          "pg_extension_config_dump");

  public UnprovenNames {
    operators = Set.copyOf(operators);
  }

  /** Of all that a database was found to have: words, operators, {@link #EVERYTHING}. */
  public static UnprovenNames of(Collection<String> found) {
    Set<String> operators =
        found.stream()
            .filter(name -> !name.equals(EVERYTHING) && isOperator(name))
            .collect(Collectors.toUnmodifiableSet());
    List<String> words = new ArrayList<>(BUILT_IN);
    found.stream().filter(name -> !isOperator(name)).forEach(words::add);
    boolean unspeakable =
        found.stream().anyMatch(name -> !isOperator(name) && !RoutineNames.hasWord(name));
    return new UnprovenNames(
        RoutineNames.of(words), operators, unspeakable || found.contains(EVERYTHING));
  }

  private static boolean isOperator(String name) {
    return !name.isEmpty() && name.chars().allMatch(UnprovenNames::isOfOperator);
  }

  private static boolean isOfOperator(int c) {
    return "+-*/<>=~!@#%^&|`?".indexOf(c) >= 0;
  }

  /** Whether a text can't be shown harmless. */
  public boolean mentionedIn(ByteBuf text, int from, int bytes) {
    return everything
        || names.mentionedIn(text, from, bytes)
        || (!operators.isEmpty() && hasOperator(text, from, bytes))
        || hasEscapedName(text, from, bytes);
  }

  /** {@code U&"…"} may be any name. */
  private static boolean hasEscapedName(ByteBuf text, int from, int bytes) {
    int end = from + bytes;
    for (int at = text.indexOf(from, end, (byte) '&');
        at >= 0;
        at = text.indexOf(at + 1, end, (byte) '&')) {
      if (at + 1 < end && text.getByte(at + 1) == '"') {
        return true;
      }
    }
    return false;
  }

  private boolean hasOperator(ByteBuf text, int from, int bytes) {
    int end = from + bytes;
    for (int at = from; at < end; at++) {
      int start = at;
      while (at < end && isOfOperator(text.getByte(at))) {
        at++;
      }
      for (String operator : at > start ? operators : Set.<String>of()) {
        if (isWithin(operator, text, start, at)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isWithin(String operator, ByteBuf text, int from, int end) {
    for (int at = from; at + operator.length() <= end; at++) {
      int i = 0;
      while (i < operator.length() && text.getByte(at + i) == operator.charAt(i)) {
        i++;
      }
      if (i == operator.length()) {
        return true;
      }
    }
    return false;
  }
}

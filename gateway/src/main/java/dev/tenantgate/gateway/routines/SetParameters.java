package dev.tenantgate.gateway.routines;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parameters that a body sets, as far as it names them: a call of {@code set_config}; a SET of
 * the path or of a parameter of an extension's kind; at a statement's begin, a SET of any, which an
 * UPDATE looks like anywhere else. Stateless.
 */
public final class SetParameters {

  /** Among the names: a parameter whose name is computed. */
  public static final String ANY = "*";

  /** Groups: a name in a literal; one with a dot, or the path; SCHEMA; a name; another form. */
  static final String EXPRESSION =
      "set_config\\s*\\(\\s*(?:'([a-z_][a-z0-9_.$]*)'(?!\\s*,[^;]*,\\s*true\\s*\\))|[^'\\s])"
          + "|\\mset\\s+(?:session\\s+)?"
          + "(?:(search_path|[a-z_]\\w*\\.[a-z_]\\w*)\\s*(?:=|\\mto\\M)|(schema)\\M)|"
          + RoutinePattern.begins()
          + "set\\s+(?:session\\s+)?(?:([a-z_]\\w*)\\s*(?:=|\\mto\\M)"
          + "|(role|session\\s+authorization|authorization|time\\s+zone|names)\\M)";

  private static final Pattern JAVA = RoutinePattern.javaPattern(EXPRESSION);

  /** More parameters than a function sets: it counts as one that may set any. */
  private static final int MOST = 100;

  private SetParameters() {}

  /** Their names, in lower case, or {@link #ANY} among them. */
  public static Set<String> in(String body) {
    Set<String> found = new TreeSet<>();
    Matcher sets = JAVA.matcher(body.toLowerCase(Locale.ROOT));
    while (found.size() <= MOST && sets.find()) {
      found.add(name(sets));
    }
    return found.size() > MOST ? Set.copyOf(List.of(ANY)) : found;
  }

  private static String name(Matcher sets) {
    if (sets.group(3) != null) {
      return "search_path";
    }
    String form = sets.group(5);
    if (form != null) {
      return switch (form.charAt(0)) {
        case 'r' -> "role";
        case 't' -> "timezone";
        case 'n' -> "client_encoding";
        default -> "session_authorization";
      };
    }
    for (int group : new int[] {1, 2, 4}) {
      String name = sets.group(group);
      if (name != null) {
        return name;
      }
    }
    return ANY;
  }
}

package dev.tenantgate.gateway.settings;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks a backend for parameters that a transaction may have changed, and understands the answer.
 * The values at the end of a transaction are the truth, after all rollbacks, savepoints, statements
 * and functions. Every name in the question is qualified, because the client's {@code search_path}
 * is in force. Confined to one exchange.
 */
public final class SettingsReadback {

  /** Parameters that the server doesn't list, like all whose names have a dot. */
  public static final Set<String> UNLISTED = Set.of("role", "session_authorization");

  /** Parameters that the server reports of itself, and nobody sets. */
  private static final Set<String> TOLD =
      Set.of(
          "in_hot_standby",
          "integer_datetimes",
          "is_superuser",
          "server_encoding",
          "server_version");

  private final Set<String> names;
  private final boolean all;
  private final Map<String, String> answer = new HashMap<>();
  private boolean understood = true;
  private boolean tooLong;

  /**
   * Asks.
   *
   * @param names in lower case, as {@link #canAskFor} accepts them
   * @param all whether also for every other parameter that isn't as a fresh connection has it
   */
  public SettingsReadback(Set<String> names, boolean all) {
    this.names = names;
    this.all = all;
  }

  /** The same question, without an answer. */
  public SettingsReadback again() {
    return new SettingsReadback(names, all);
  }

  /** Whether a parameter of that name can be asked for and brought back. */
  public static boolean canAskFor(String name) {
    if (name.isEmpty() || name.length() > 200) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || c == '_';
      if (!letter && !(i > 0 && ((c >= '0' && c <= '9') || c == '$' || c == '.'))) {
        return false;
      }
    }
    return true;
  }

  /** Whether a parameter can be set at all. */
  public static boolean canBeSet(String name) {
    return !TOLD.contains(name);
  }

  /** Whether the server itself says who has set a parameter. */
  private static boolean isListed(String name) {
    return !UNLISTED.contains(name) && name.indexOf('.') < 0;
  }

  /**
   * Whether the answer tells all that has to be asked for.
   *
   * @param everything whether any parameter may have changed
   * @param touched those that may have, by name
   */
  public boolean covers(boolean everything, Set<String> touched) {
    if (everything && !all) {
      return false;
    }
    for (String name : touched) {
      if (!names.contains(name) && !(all && isListed(name))) {
        return false;
      }
    }
    return true;
  }

  /** The question; answered by rows of a name and a value each. */
  public String sql() {
    StringBuilder sql = new StringBuilder(128);
    if (all) {
      sql.append(
          "SELECT name, setting FROM pg_catalog.pg_settings"
              + " WHERE source OPERATOR(pg_catalog.=) 'session'");
    }
    String separator = all ? " UNION ALL VALUES " : "VALUES ";
    for (String name : names) {
      // Names have neither quotes nor backslashes.
      sql.append(separator)
          .append("('")
          .append(name)
          .append("', pg_catalog.current_setting('")
          .append(name)
          .append("', true))");
      separator = ", ";
    }
    return sql.toString();
  }

  /** A DataRow's body has come. */
  public void row(ByteBuf in, int bodyAt) {
    int nameBytes = in.getInt(bodyAt + 2);
    String name = in.toString(bodyAt + 6, nameBytes, StandardCharsets.UTF_8);
    int valueAt = bodyAt + 6 + nameBytes;
    int valueBytes = in.getInt(valueAt);
    if (valueBytes < 0) {
      return; // a parameter that doesn't exist any more
    }
    for (int i = 0; i < valueBytes; i++) {
      understood &= in.getByte(valueAt + 4 + i) >= 0;
    }
    answer.put(
        name.toLowerCase(Locale.ROOT),
        in.toString(valueAt + 4, valueBytes, StandardCharsets.UTF_8));
  }

  /** The same of one whose value is too long to be carried: its beginning is there. */
  public void longRow(ByteBuf in, int bodyAt) {
    tooLong = true;
  }

  /**
   * Whether every value could be read: of values beyond ASCII that is so where the client's
   * encoding, which the server answers in, is UTF-8.
   */
  public boolean isUnderstood(SessionSettings before) {
    String encoding = answer.getOrDefault("client_encoding", before.get("client_encoding"));
    return !tooLong && (understood || encoding == null || encoding.equals("UTF8"));
  }

  /**
   * The outcome.
   *
   * @param backend what the backend has now
   * @param wanted what the client wants from now on
   */
  public record Outcome(SessionSettings backend, SessionSettings wanted) {}

  /**
   * The answer is compared with these.
   *
   * @param before what the backend had
   * @param startup what the client began with
   * @param defaults values of a fresh connection, as far as they are known
   * @param assigned what the client's statements set, if they went well
   * @param reset what they put back to its default, if they did
   * @param errored whether the server has refused something, so that neither may be so
   */
  public record Expected(
      SessionSettings before,
      SessionSettings startup,
      Map<String, String> defaults,
      Set<String> assigned,
      Set<String> reset,
      boolean errored) {

    private boolean isDefault(String name, String value) {
      return value.equals(defaults.get(name));
    }

    /** Whether a value may be a fresh connection's, after all that is known. */
    private boolean mayBeDefault(String name, String value) {
      return isDefault(name, value) || (errored && !defaults.containsKey(name));
    }
  }

  /**
   * Parameters that the client may have set, or the server changed by itself: it has to be asked
   * whose the value is.
   */
  public Set<String> doubtful(Expected expected) {
    Set<String> doubtful = new TreeSet<>();
    answer.forEach(
        (name, value) -> {
          if (isDoubtful(name, value, expected)) {
            doubtful.add(name);
          }
        });
    return doubtful;
  }

  private boolean isDoubtful(String name, String value, Expected expected) {
    String own = expected.before.get(name);
    if (all || !isListed(name)) {
      return false;
    }
    if (value.equals(own)) {
      return expected.reset.contains(name);
    }
    return expected.assigned.contains(name)
        ? own == null && expected.mayBeDefault(name, value)
        : !expected.isDefault(name, value) || expected.startup.get(name) != null;
  }

  /** The question whose a value is; answered by the names of those that the session has set. */
  public static String sourceSql(Set<String> names) {
    return names.stream()
        .collect(
            Collectors.joining(
                "', '",
                "SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings"
                    + " WHERE source OPERATOR(pg_catalog.=) 'session' AND pg_catalog.lower(name)"
                    + " OPERATOR(pg_catalog.=) ANY (ARRAY['",
                "'])"));
  }

  /**
   * Takes the answer for true. A parameter that was put back to its default has the value again
   * that the client began its session with; that is told where all were asked for.
   *
   * @param ofSession those of the doubtful ones that the session has set
   */
  public Outcome outcome(Expected expected, Set<String> ofSession) {
    SortedMap<String, @Nullable String> now = new TreeMap<>();
    SortedMap<String, @Nullable String> back = new TreeMap<>();
    if (!all) {
      names.forEach(name -> now.put(name, null));
    }
    answer.forEach(
        (name, value) -> {
          if (!canBeSet(name)
              || name.startsWith("transaction_")
              || isCleared(name, value, expected)) {
            return;
          }
          if (isDoubtful(name, value, expected)) {
            if (ofSession.contains(name)) {
              now.put(name, value);
            } else if (expected.startup.get(name) != null) {
              back.put(name, expected.startup.get(name));
            }
          } else if (!isAsFresh(name, value, expected)) {
            now.put(name, value);
          }
        });
    SessionSettings backend = (all ? SessionSettings.NONE : expected.before).with(now);
    if (all) {
      expected
          .startup
          .asMap()
          .forEach(
              (name, value) -> {
                if (!now.containsKey(name)) {
                  back.putIfAbsent(name, value);
                }
              });
    }
    return new Outcome(backend, back.isEmpty() ? backend : backend.with(back));
  }

  /** Whether a parameter of an extension's kind was another client's, and has been put back. */
  private static boolean isCleared(String name, String value, Expected expected) {
    return value.isEmpty()
        && name.indexOf('.') >= 0
        && expected.before.get(name) == null
        && !expected.assigned.contains(name);
  }

  /** Whether a value is a fresh connection's, so that nobody has to set it. */
  private boolean isAsFresh(String name, String value, Expected expected) {
    if (!expected.isDefault(name, value) || value.equals(expected.before.get(name))) {
      return false;
    }
    return isListed(name)
        ? !all && !expected.assigned.contains(name)
        : all || expected.startup.get(name) == null;
  }
}

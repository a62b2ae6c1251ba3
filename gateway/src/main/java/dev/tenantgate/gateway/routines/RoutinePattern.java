package dev.tenantgate.gateway.routines;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An effect that a routine's body may have on the session that runs it, told by its words. One set
 * of patterns serves both kinds of pooling, the server's regular expressions and Java's. Bodies are
 * searched in lower case; literals and comments count as well, because a literal may be run.
 * Immutable.
 */
public enum RoutinePattern {
  /** It may set, make, leave or run something: all that isn't harmless. */
  ANYTHING(
      word(
              "execute|create|alter|drop|prepare|deallocate|discard|reset|listen|unlisten|call",
              "temp|temporary|hold|set_config|pg_settings|pg_temp\\w*|\\w*advisory_lock\\w*",
              Words.RUNNING,
              Words.UNTRACEABLE)
          + "|"
          + Words.ESCAPED
          + "|"
          + Words.DO
          + "|"
          + Words.BEGINS
          + "(set|load)\\M|"
          + Words.SHARED,
      names(
          "set_config|pg_(try_)?advisory_lock(_shared)?", Words.RUNNING, Words.UNTRACEABLE_CALLS)),

  /**
   * It may lead its session to another {@code search_path} or user. A parameter with a dot in its
   * name, which row-level security goes by, is neither.
   */
  PATH(
      Words.leading()
          + "|\\m(create|alter)\\s+(or\\s+replace\\s+)?(constraint\\s+|default\\s+)?"
          + "(function|procedure|trigger|rule|operator|cast|aggregate|domain|policy|view|table)\\M",
      names("set_config", Words.RUNNING)),

  /**
   * It leaves what can't be carried to another backend: advisory locks of the session, temporary
   * objects that don't go with the transaction, LISTEN, cursors WITH HOLD, PREPARE; and what is
   * {@link #UNTRACEABLE}.
   */
  STATE(
      "\\mpg_(try_)?advisory_lock(_shared)?\\M"
          + "|\\mcreate\\s+((local|global)\\s+)?temp(orary)?\\M(?![^;]*\\mon\\s+commit\\s+drop\\M)"
          + "|\\minto\\s+((local|global)\\s+)?temp(orary)?\\M"
          + "|\\mpg_temp\\w*\"?\\s*\\.|"
          + Words.TEMPORARY_PATH
          + "|\\mlisten\\s+['\"%\\w]"
          + "|\\mwith\\s+hold\\M"
          + "|\\mprepare\\s+(\"[^\"]*\"|[%\\w]+)\\s*(\\([^)]*\\)\\s*)?as\\M|\\mprepare\\s+'"
          + "|"
          + Words.untraceable(),
      names("pg_(try_)?advisory_lock(_shared)?", Words.UNTRACEABLE_CALLS)),

  /**
   * It leaves what the server can't be asked about; also what functions in Python (GD) and Perl
   * (%_SHARED) share with others of the session.
   */
  UNTRACEABLE(Words.untraceable(), names(Words.UNTRACEABLE_CALLS)),

  /** It reads the last value of a sequence in the session, which may be another client's. */
  SEQUENCE(word("lastval|currval"), names("lastval|currval"));

  /** The words that several of them are made of. */
  private static final class Words {

    /** The server's own functions that run a text, or a type's checks. */
    static final String RUNNING =
        "ts_stat|ts_rewrite|(query|table|schema|database|cursor)_to_xml\\w*"
            + "|(domain|array|record|range|multirange)_(in|recv)"
            + "|pg_input_(is_valid|error_info)|brin_summarize_\\w*";

    /** The server's own functions that leave what it doesn't show. */
    static final String UNTRACEABLE_CALLS =
        "setseed|pg_replication_origin_session_(setup|reset)|pg_backup_start|pg_start_backup"
            + "|pg_create_(logical|physical)_replication_slot";

    /** The same of what is no function of the server's own. */
    static final String UNTRACEABLE = UNTRACEABLE_CALLS + "|dblink\\w*";

    /** {@code U&"…"} may be any name. */
    static final String ESCAPED = "&\"";

    /** A block of code; other statements have the word too. */
    static final String DO = "\\mdo\\M(?!\\s+(update|nothing|also|instead))";

    /** In front of a statement within a body; an UPDATE has a SET elsewhere. */
    static final String BEGINS =
        "(?:^|;|'|\"|\\$|\\*/|--[^\\n]*\\n|>>|\\m(?:begin|then|else|loop|atomic)\\M)\\s*";

    /** Variables that functions share. */
    static final String SHARED = "\\mgd\\s*\\[|[%$]_shared\\M";

    /** In such a path, CREATE makes temporary objects. */
    static final String TEMPORARY_PATH = "\\msearch_path[\\s'\",=]+(to\\s+)?['\"]*pg_temp";

    /** It leads elsewhere by itself, and not by what it makes. */
    static String leading() {
      return word("execute|discard|reset|call|pg_settings", RUNNING)
          + "|\\mset_config\\M(?!\\s*\\(\\s*'[a-z_]\\w*\\.[\\w.]+'\\s*,)"
          + "|"
          + ESCAPED
          + "|"
          + DO
          + "|"
          + BEGINS
          + "set\\M(?!\\s+(local\\s+|session\\s+)?[a-z_]\\w*\\.)";
    }

    static String untraceable() {
      return "\\m("
          + UNTRACEABLE_CALLS
          + "|dblink_connect\\w*)\\M"
          + "|\\mset\\s+seed\\M|"
          + BEGINS
          + "load\\s+'|"
          + SHARED;
    }

    private Words() {}
  }

  private final String body;
  private final String calls;
  private final Pattern java;

  RoutinePattern(String body, String calls) {
    this.body = body;
    this.calls = calls;
    this.java = javaPattern(body);
  }

  /** The server's regular expression for a body in lower case. */
  public String body() {
    return body;
  }

  /** The same as {@link #PATH}, but for bodies that define what leads elsewhere. */
  static String leading() {
    return Words.leading();
  }

  /** The text in front of a statement within a body. */
  static String begins() {
    return Words.BEGINS;
  }

  /** The same for a routine's own settings, by which what it creates is temporary. */
  static String temporaryPath() {
    return Words.TEMPORARY_PATH;
  }

  /** The same for the names of the server's own functions that do it. */
  public String calls() {
    return calls;
  }

  /** Whether it is found in a body, in whichever case. */
  public boolean isIn(CharSequence text) {
    return java.matcher(text.toString().toLowerCase(Locale.ROOT)).find();
  }

  /** The same expression for Java: a word's begin and its end are the same there. */
  static Pattern javaPattern(String expression) {
    return Pattern.compile(expression.replace("\\m", "\\b").replace("\\M", "\\b"), Pattern.DOTALL);
  }

  private static String word(String... alternatives) {
    return "\\m(" + String.join("|", List.of(alternatives)) + ")\\M";
  }

  private static String names(String... alternatives) {
    return "^(" + String.join("|", List.of(alternatives)) + ")$";
  }
}

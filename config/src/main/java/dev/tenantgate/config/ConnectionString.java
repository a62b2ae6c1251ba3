package dev.tenantgate.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes a PostgreSQL connection string apart: URL (libpq's and JDBC's) or {@code key=value} words,
 * as the section "Connection Strings" of libpq's documentation has them. The result is in libpq's
 * words. No message shows a text that could be part of a password.
 */
final class ConnectionString {

  static final String ENCODING_HINT =
      " (in user and password, write : / ? # @ % as %3A %2F %3F %23 %40 %25)";

  private static final String SOCKET_FACTORY = "socketFactory";
  private static final String SOCKET_FACTORY_ARGUMENT = "socketFactoryArg";

  /** The factories of Unix-domain sockets that pgjdbc's documentation names. */
  private static final String JUNIXSOCKET = "org.newsclub.net.unix.";

  private static final Pattern SOCKET_FILE = Pattern.compile("(/.*?)/?\\.s\\.PGSQL\\.([0-9]{1,5})");

  private static final Set<String> KNOWN =
      Set.of(
          "host",
          "port",
          "dbname",
          "user",
          "password",
          "sslmode",
          "sslrootcert",
          "connect_timeout",
          "target_session_attrs");

  private static final Set<String> TENANT_CHOOSING =
      Set.of("search_path", "currentschema", "options");

  /**
   * The words that other drivers read of a connection string; none of these is a piece of a
   * password.
   */
  private static final Set<String> OF_OTHERS =
      Set.of(
          "application_name",
          "applicationname",
          "fallback_application_name",
          "channel_binding",
          "client_encoding",
          "gssencmode",
          "keepalives",
          "keepalives_idle",
          "keepalives_interval",
          "keepalives_count",
          "sslcert",
          "sslkey",
          "sslsni",
          "sslcompression",
          "tcp_user_timeout",
          "statement_timeout",
          "pool_max_conns",
          "pool_min_conns",
          "timezone",
          "schema");

  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.]{0,39}");

  private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z_]{0,39}");

  private final Map<String, String> words = new LinkedHashMap<>();

  /** Whether this is JDBC's form. */
  private boolean jdbc;

  /** Whether what is read now may be the rest of a password that lacks its escapes. */
  private boolean maybeSecret;

  /** Takes the names of parameters that mean nothing here; null where there may be none. */
  private final @Nullable Collection<String> unknown;

  private ConnectionString(@Nullable Collection<String> unknown) {
    this.unknown = unknown;
  }

  /**
   * Reads a connection string into libpq's words.
   *
   * @param unknown takes the names of parameters that mean nothing here; null where there may be
   *     none
   */
  static Map<String, String> parse(String text, @Nullable Collection<String> unknown)
      throws InvalidValueException {
    ConnectionString string = new ConnectionString(unknown);
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith("jdbc:postgresql:")) {
      string.jdbc = true;
      string.readUrl(text.substring("jdbc:postgresql:".length()));
      string.takeSocketOfJdbc();
    } else if (lower.startsWith("postgresql://") || lower.startsWith("postgres://")) {
      string.readUrl(text.substring(text.indexOf(':') + 1));
    } else if (text.indexOf('=') > 0 && !text.substring(0, text.indexOf('=')).contains("://")) {
      string.readWords(text);
    } else {
      throw new InvalidValueException(
          "must be postgresql://user:password@host:port/database, a jdbc:postgresql: URL,"
              + " or words such as \"host=... dbname=... user=...\"");
    }
    return string.words;
  }

  /**
   * JDBC has no word for a Unix-domain socket, but a socket factory with the socket's file as its
   * argument. The host of such a URL, {@code localhost}, means nothing.
   */
  private void takeSocketOfJdbc() throws InvalidValueException {
    String factory = words.remove(SOCKET_FACTORY);
    String argument = words.remove(SOCKET_FACTORY_ARGUMENT);
    if (factory == null && argument == null) {
      return;
    }
    Matcher file = SOCKET_FILE.matcher(argument == null ? "" : argument);
    if (factory == null || !factory.startsWith(JUNIXSOCKET) || !file.matches()) {
      throw new InvalidValueException(
          "has a socketFactory that is not supported; a Unix-domain socket is"
              + " socketFactory=org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg"
              + "&socketFactoryArg=/run/postgresql/.s.PGSQL.5432, or host=/run/postgresql");
    }
    words.put("host", file.group(1));
    words.put("port", file.group(2));
  }

  /** Reads {@code //authority/database?parameters}, or JDBC's {@code database?parameters}. */
  private void readUrl(String url) throws InvalidValueException {
    int question = url.indexOf('?');
    String head = question < 0 ? url : url.substring(0, question);
    String parameters = question < 0 ? "" : url.substring(question + 1);
    if (head.indexOf('#') >= 0) {
      throw new InvalidValueException("must not have a # in it" + ENCODING_HINT);
    }
    if (head.startsWith("//")) {
      int slash = head.indexOf('/', 2);
      readAuthority(head.substring(2, slash < 0 ? head.length() : slash));
      head = slash < 0 ? "" : head.substring(slash + 1);
    } else if (head.startsWith("/")) {
      head = head.substring(1);
    }
    if (head.indexOf('/') >= 0) {
      throw new InvalidValueException("must have one database behind the host" + ENCODING_HINT);
    }
    if (!head.isEmpty()) {
      put("dbname", decode(head));
    }
    maybeSecret = parameters.indexOf('@') >= 0;
    readParameters(parameters);
  }

  private void readAuthority(String authority) throws InvalidValueException {
    int at = authority.lastIndexOf('@');
    if (at >= 0) {
      String account = authority.substring(0, at);
      int colon = account.indexOf(':');
      put("user", decode(colon < 0 ? account : account.substring(0, colon)));
      if (colon >= 0) {
        put("password", decode(account.substring(colon + 1)));
      }
    }
    String address = authority.substring(at + 1);
    if (address.indexOf(',') >= 0) {
      readAddresses(address.split(",", -1));
      return;
    }
    String[] parts = hostAndPort(address);
    if (!parts[0].isEmpty()) {
      put("host", parts[0]);
    }
    if (!parts[1].isEmpty()) {
      put("port", parts[1]);
    }
  }

  /** Several hosts, each with a port of its own or none, as libpq has them. */
  private void readAddresses(String[] addresses) throws InvalidValueException {
    StringJoiner hosts = new StringJoiner(",");
    StringJoiner ports = new StringJoiner(",");
    for (String address : addresses) {
      String[] parts = hostAndPort(address);
      hosts.add(parts[0]);
      ports.add(parts[1]);
    }
    put("host", hosts.toString());
    put("port", ports.toString());
  }

  private static String[] hostAndPort(String address) throws InvalidValueException {
    int bracket = address.startsWith("[") ? address.indexOf(']') : -1;
    if (address.startsWith("[") && bracket < 0) {
      throw new InvalidValueException("must close the bracket of the IPv6 address");
    }
    int colon = address.indexOf(':', Math.max(bracket, 0));
    if (bracket >= 0 && bracket != (colon < 0 ? address.length() : colon) - 1) {
      throw new InvalidValueException("must have nothing but a port behind the IPv6 address");
    }
    String host = colon < 0 ? address : address.substring(0, colon);
    String port = colon < 0 ? "" : address.substring(colon + 1);
    return new String[] {bracket >= 0 ? host.substring(1, bracket) : decode(host), port};
  }

  private void readParameters(String parameters) throws InvalidValueException {
    for (String parameter : parameters.split("&", -1)) {
      if (parameter.isEmpty()) {
        continue;
      }
      int equals = parameter.indexOf('=');
      if (equals < 0) {
        throw new InvalidValueException("must have name=value parameters behind the ?");
      }
      put(parameter.substring(0, equals), decode(parameter.substring(equals + 1)));
    }
  }

  /** Reads {@code host=localhost password='it\'s'}. */
  private void readWords(String text) throws InvalidValueException {
    int at = 0;
    while (at < text.length()) {
      int equals = text.indexOf('=', at);
      String word = (equals < 0 ? text.substring(at) : text.substring(at, equals)).strip();
      if (word.isEmpty() && equals < 0) {
        return;
      }
      if (equals < 0 || word.chars().anyMatch(Character::isWhitespace)) {
        throw new InvalidValueException(
            "must be key=value words; a value with spaces stands in '...'");
      }
      int start = equals + 1;
      while (start < text.length() && Character.isWhitespace(text.charAt(start))) {
        start++;
      }
      StringBuilder value = new StringBuilder();
      at = readValue(text, start, value);
      put(word, value.toString());
      maybeSecret |= word.equals("password");
    }
  }

  /** Reads one value, quoted or not, and returns where it ends. */
  private static int readValue(String text, int start, StringBuilder value)
      throws InvalidValueException {
    boolean quoted = start < text.length() && text.charAt(start) == '\'';
    int at = quoted ? start + 1 : start;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (quoted ? c == '\'' : Character.isWhitespace(c)) {
        return at + 1;
      }
      if (c == '\\' && at + 1 < text.length()) {
        at++;
        c = text.charAt(at);
      }
      value.append(c);
      at++;
    }
    if (quoted) {
      throw new InvalidValueException("must close the ' of a value");
    }
    return at;
  }

  private void put(String name, String value) throws InvalidValueException {
    // JDBC's own spelling of a word that both have.
    String word = name.equals("connectTimeout") ? "connect_timeout" : name;
    if (TENANT_CHOOSING.contains(word.toLowerCase(Locale.ROOT))) {
      throw new InvalidValueException(
          "must not have "
              + word
              + " in it: the gateway chooses the schema of its own statements itself");
    }
    if (!KNOWN.contains(word) && !(jdbc && word.startsWith(SOCKET_FACTORY))) {
      boolean ofOthers = OF_OTHERS.contains(word.toLowerCase(Locale.ROOT));
      if (unknown != null && (ofOthers || (!maybeSecret && NAME.matcher(word).matches()))) {
        unknown.add(word);
        return;
      }
      String shown = maybeSecret || !WORD.matcher(word).matches() ? "" : " " + word;
      throw new InvalidValueException(
          "has a parameter"
              + shown
              + " that is not supported; there are sslmode, sslrootcert, connect_timeout and"
              + " target_session_attrs"
              + (maybeSecret ? ENCODING_HINT : ""));
    }
    if (words.put(word, value) != null) {
      throw new InvalidValueException("must not give " + word + " twice");
    }
  }

  /** Decodes percent escapes as UTF-8; a plus sign stays one, as in libpq. */
  private static String decode(String text) throws InvalidValueException {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] in = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(in.length);
    for (int i = 0; i < in.length; i++) {
      if (in[i] != '%') {
        out.put(in[i]);
        continue;
      }
      int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
      int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
      if (high < 0 || low < 0 || (high == 0 && low == 0)) {
        throw new InvalidValueException(
            "must have two hexadecimal digits, not 00, behind each %; a % itself is %25");
      }
      out.put((byte) (high << 4 | low));
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidValueException("must have percent escapes that are UTF-8");
    }
  }

  /** Escapes what would end a part of a URL. */
  static String encode(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c > ' ' && c < 0x7f && ":/?#[]@%&=".indexOf(c) < 0) {
        out.append(c);
      } else {
        out.append('%').append("%02X".formatted((int) c));
      }
    }
    return out.toString();
  }
}

package dev.tenantgate.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parts of {@code database.url}, in whichever of its three forms. Immutable.
 *
 * @param host a name, an IPv4 address, an IPv6 address without brackets, or the directory of a
 *     Unix-domain socket
 * @param port a TCP port
 * @param database the gated database
 * @param user the gateway's own account
 * @param password its password; null where the URL has none
 * @param sslMode as {@code database.ssl-mode}; null where the URL has none
 * @param ca as {@code database.ca}; null where the URL has none
 * @param connectTimeout as {@code database.connect-timeout}; null where the URL has none
 * @param ignored parameters that mean nothing here
 */
record DatabaseUrl(
    String host,
    int port,
    String database,
    String user,
    @Nullable String password,
    @Nullable String sslMode,
    @Nullable String ca,
    @Nullable Duration connectTimeout,
    List<String> ignored) {

  private static final String DESCRIBE = "a URL of PostgreSQL, JDBC or libpq, or name=value words";

  private static final ValueType<DatabaseUrl> OURS =
      ValueTypes.parsed(DESCRIBE, DatabaseUrl::parse);

  private static final ValueType<DatabaseUrl> OF_THE_FIELD =
      ValueTypes.parsed(DESCRIBE, (text, folder) -> parse(text, folder, new ArrayList<>()));

  /**
   * How settings have it. Applications' own variables may have parameters for their drivers; in
   * ours, such a one is a mistake.
   */
  static final ValueType<DatabaseUrl> TYPE =
      new ValueType<>() {
        @Override
        public DatabaseUrl parse(RawValue raw) throws InvalidValueException {
          return (EnvironmentLayer.isOfTheField(raw.origin()) ? OF_THE_FIELD : OURS).parse(raw);
        }

        @Override
        public String describe() {
          return OURS.describe();
        }

        @Override
        public String print(DatabaseUrl value) {
          return OURS.print(value);
        }

        @Override
        public @Nullable InvalidValueException objection(DatabaseUrl value) {
          return OURS.objection(value);
        }
      };

  private static final String DEFAULT_HOST = "localhost";
  private static final String DEFAULT_PORT = "5432";

  /**
   * Reads a {@code postgresql://} URL, a {@code jdbc:postgresql:} URL, or libpq's {@code key=value}
   * words.
   *
   * @param folder what a relative {@code sslrootcert} is relative to
   */
  static DatabaseUrl parse(String text, Path folder) throws InvalidValueException {
    return parse(text, folder, null);
  }

  private static DatabaseUrl parse(String text, Path folder, @Nullable List<String> ignored)
      throws InvalidValueException {
    Map<String, String> words = new LinkedHashMap<>(ConnectionString.parse(text.strip(), ignored));
    String user = take(words, "user");
    if (user == null) {
      throw new InvalidValueException("must name the gateway's own account: postgresql://USER@...");
    }
    String database = take(words, "dbname");
    String sslMode = take(words, "sslmode");
    String ca = take(words, "sslrootcert");
    String timeout = take(words, "connect_timeout");
    String host = take(words, "host");
    String port = take(words, "port");
    return new DatabaseUrl(
        checkedHost(host == null ? DEFAULT_HOST : host),
        checkedPort(port == null ? DEFAULT_PORT : port),
        database == null ? user : database,
        user,
        take(words, "password"),
        sslMode == null ? null : part("sslmode", SslMode.TYPE, sslMode, folder),
        // "system" is libpq's word for what holds here without any.
        ca == null || ca.equals("system")
            ? null
            : part("sslrootcert", CertificateAuthority.TYPE, ca, folder),
        timeout == null ? null : connectTimeout(timeout),
        ignored == null ? List.of() : List.copyOf(ignored));
  }

  /** Names the parameters that have no effect; nothing where all have one. */
  List<String> warnings(Origin origin) {
    return ignored.isEmpty()
        ? List.of()
        : List.of(
            "%s: %s %s no effect here (there are sslmode, sslrootcert and connect_timeout)"
                .formatted(
                    origin, String.join(", ", ignored), ignored.size() == 1 ? "has" : "have"));
  }

  private static @Nullable String take(Map<String, String> words, String word) {
    String value = words.remove(word);
    return value == null || value.isEmpty() ? null : value;
  }

  private static String checkedHost(String host) throws InvalidValueException {
    if (host.startsWith("@")) {
      throw new InvalidValueException(
          "must name a Unix-domain socket by its directory; abstract sockets are not supported");
    }
    if (host.startsWith("/")) {
      return checkedDirectory(host);
    }
    if (host.indexOf(',') >= 0) {
      throw new InvalidValueException("must name one host; a list of hosts is not supported");
    }
    if (host.chars().anyMatch(c -> c <= ' ' || c == '[' || c == ']' || c == '/' || c == '@')) {
      throw new InvalidValueException("must name a host, an IPv6 address in brackets");
    }
    return host;
  }

  /** As libpq, a comma would begin another host. */
  private static String checkedDirectory(String host) throws InvalidValueException {
    if (host.indexOf(',') >= 0) {
      throw new InvalidValueException("must name one host; a list of hosts is not supported");
    }
    String file = new NetworkAddress(host, 65_535).socketFile();
    if (file.getBytes(StandardCharsets.UTF_8).length > UnixSocketSettings.LONGEST_PATH) {
      throw new InvalidValueException(
          "must name a shorter directory: the path of a Unix-domain socket has at most "
              + UnixSocketSettings.LONGEST_PATH
              + " bytes");
    }
    return host.length() > 1 && host.endsWith("/") ? host.substring(0, host.length() - 1) : host;
  }

  /** The text isn't shown: where a password has an unescaped colon, it is a part of that. */
  private static int checkedPort(String text) throws InvalidValueException {
    try {
      int port = Integer.parseInt(text);
      if (port >= 1 && port <= 65_535 && Character.isDigit(text.charAt(0))) {
        return port;
      }
    } catch (NumberFormatException e) {
      // The same remedy as for a number that no port has.
    }
    throw new InvalidValueException(
        "must have a port from 1 to 65535 behind the host" + ConnectionString.ENCODING_HINT);
  }

  private static String part(String word, ValueType<String> type, String text, Path folder)
      throws InvalidValueException {
    try {
      return type.parse(RawValue.text(text, new Origin.Default(), folder));
    } catch (InvalidValueException e) {
      throw new InvalidValueException(word + " " + e.describe(false));
    }
  }

  private static Duration connectTimeout(String seconds) throws InvalidValueException {
    try {
      int count = Integer.parseInt(seconds);
      if (count >= 1 && count <= ValueTypes.LONGEST.toSeconds()) {
        return Duration.ofSeconds(count);
      }
    } catch (NumberFormatException e) {
      // The same remedy as for a number that can't be.
    }
    throw new InvalidValueException("connect_timeout must be whole seconds, at least 1");
  }

  NetworkAddress address() {
    return new NetworkAddress(host, port);
  }

  /** Never shows the password. */
  @Override
  public String toString() {
    return "postgresql://"
        + ConnectionString.encode(user)
        + "@"
        + (address().isUnixSocket() ? ConnectionString.encode(host) + ":" + port : address())
        + "/"
        + ConnectionString.encode(database);
  }
}

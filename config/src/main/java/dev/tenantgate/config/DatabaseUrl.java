package dev.tenantgate.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The parts of {@code database.url}, in whichever of its three forms. Immutable.
 *
 * @param addresses one or more: each a name, an IPv4 address, an IPv6 address without brackets, or
 *     the directory of a Unix-domain socket, and a TCP port
 * @param target which of them is wanted
 * @param database the gated database
 * @param user the gateway's own account
 * @param password its password; null where the URL has none
 * @param sslMode as {@code database.ssl-mode}; null where the URL has none
 * @param ca as {@code database.ca}; null where the URL has none
 * @param connectTimeout as {@code database.connect-timeout}; null where the URL has none
 * @param ignored parameters that mean nothing here
 */
record DatabaseUrl(
    List<NetworkAddress> addresses,
    TargetSession target,
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
    String target = take(words, "target_session_attrs");
    return new DatabaseUrl(
        addresses(host, port),
        target == null ? TargetSession.ANY : TargetSession.parse(target),
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
            "%s: %s %s no effect here (there are sslmode, sslrootcert, connect_timeout and target_session_attrs)"
                .formatted(
                    origin, String.join(", ", ignored), ignored.size() == 1 ? "has" : "have"));
  }

  private static @Nullable String take(Map<String, String> words, String word) {
    String value = words.remove(word);
    return value == null || value.isEmpty() ? null : value;
  }

  /** As libpq: one port for all hosts, or as many as there are hosts. */
  private static List<NetworkAddress> addresses(@Nullable String host, @Nullable String port)
      throws InvalidValueException {
    String[] hosts = (host == null ? DEFAULT_HOST : host).split(",", -1);
    String[] ports = (port == null ? DEFAULT_PORT : port).split(",", -1);
    if (ports.length != 1 && ports.length != hosts.length) {
      throw new InvalidValueException(
          "must have one port, or as many as hosts: there are %d hosts and %d ports"
              .formatted(hosts.length, ports.length));
    }
    List<NetworkAddress> addresses = new ArrayList<>();
    for (int i = 0; i < hosts.length; i++) {
      String name = hosts[i].isEmpty() ? DEFAULT_HOST : hosts[i];
      String number = ports[ports.length == 1 ? 0 : i];
      NetworkAddress address =
          new NetworkAddress(
              checkedHost(name), checkedPort(number.isEmpty() ? DEFAULT_PORT : number));
      if (hosts.length > 1 && address.isUnixSocket()) {
        throw new InvalidValueException("must not have a Unix-domain socket among several hosts");
      }
      addresses.add(address);
    }
    return List.copyOf(addresses);
  }

  private static String checkedHost(String host) throws InvalidValueException {
    if (host.startsWith("@")) {
      throw new InvalidValueException(
          "must name a Unix-domain socket by its directory; abstract sockets are not supported");
    }
    if (host.startsWith("/")) {
      return checkedDirectory(host);
    }
    if (host.chars().anyMatch(c -> c <= ' ' || c == '[' || c == ']' || c == '/' || c == '@')) {
      throw new InvalidValueException("must name a host, an IPv6 address in brackets");
    }
    return host;
  }

  private static String checkedDirectory(String host) throws InvalidValueException {
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
    return addresses.get(0);
  }

  private String shownAddresses() {
    NetworkAddress first = address();
    return first.isUnixSocket()
        ? ConnectionString.encode(first.host()) + ":" + first.port()
        : addresses.stream().map(NetworkAddress::toString).collect(Collectors.joining(","));
  }

  /** Never shows the password. */
  @Override
  public String toString() {
    return "postgresql://"
        + ConnectionString.encode(user)
        + "@"
        + shownAddresses()
        + "/"
        + ConnectionString.encode(database)
        + (target == TargetSession.ANY ? "" : "?target_session_attrs=" + target.word());
  }
}

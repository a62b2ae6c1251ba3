package dev.tenantgate.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a TCP port, or the Unix-domain socket that a server of that port has in a directory.
 * Immutable.
 *
 * @param host a name, an IPv4 address, an IPv6 address without brackets, or the absolute path of a
 *     directory, as libpq has it
 * @param port from 0 to 65535; port 0 asks for a free one
 */
public record NetworkAddress(String host, int port) {

  private static final Pattern SHAPE =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.%\\w]+)\\]|([^\\s:\\[\\]/@,]+)):([0-9]{1,5})");

  private static final Pattern LOOPBACK = Pattern.compile("127(?:\\.[0-9]{1,3}){3}");

  public NetworkAddress {
    if (host.isEmpty()) {
      throw new IllegalArgumentException("must have a host");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("must have a port from 0 to 65535");
    }
  }

  /**
   * Reads {@code host:port} or {@code [::1]:port}.
   *
   * @throws IllegalArgumentException if it is neither; the message says what would be right
   */
  public static NetworkAddress parse(String text) {
    Matcher matcher = SHAPE.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("must be host:port, an IPv6 address in brackets");
    }
    String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
    return new NetworkAddress(host, Integer.parseInt(matcher.group(3)));
  }

  /** Whether this is a Unix-domain socket. */
  public boolean isUnixSocket() {
    return host.startsWith("/");
  }

  /** The file of a Unix-domain socket: {@code /run/postgresql/.s.PGSQL.5432}. */
  public String socketFile() {
    return (host.equals("/") ? "" : host) + "/.s.PGSQL." + port;
  }

  /** Whether only this machine can reach it. Names but {@code localhost} are taken not to be. */
  public boolean isLoopback() {
    return isUnixSocket()
        || host.equalsIgnoreCase("localhost")
        || host.equals("::1")
        || LOOPBACK.matcher(host).matches();
  }

  @Override
  public String toString() {
    if (isUnixSocket()) {
      return socketFile();
    }
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}

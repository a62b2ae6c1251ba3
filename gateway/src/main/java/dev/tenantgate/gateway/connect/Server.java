package dev.tenantgate.gateway.connect;

import dev.tenantgate.config.NetworkAddress;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A server that connections go to: one address of one host of {@code database.url}. Immutable.
 *
 * @param host the host and the port, as the settings have them
 * @param address one of the host's addresses; null for a Unix-domain socket, and for a name that
 *     hasn't been resolved
 * @param tls how connections to it are protected
 * @param settings the number of the settings that it is of; another URL has another one
 */
public record Server(
    NetworkAddress host, @Nullable InetAddress address, BackendTls tls, int settings) {

  private static final AttributeKey<Server> OF =
      AttributeKey.valueOf(Server.class, "of the connection");

  /** Whether both are the same server, by the same settings. */
  public boolean is(@Nullable Server other) {
    return other != null
        && host.equals(other.host)
        && settings == other.settings
        && (address == null ? other.address == null : address.equals(other.address));
  }

  /** Whether it is known where to connect to. */
  boolean isResolved() {
    return address != null || host.isUnixSocket();
  }

  /** Where to connect to; of one that is resolved. */
  InetSocketAddress socketAddress() {
    return new InetSocketAddress(address, host.port());
  }

  /** The server at the other end of a connection; null for one of another kind. */
  public static @Nullable Server of(Channel channel) {
    return channel.attr(OF).get();
  }

  /** The same, of a connection that was opened to one. */
  static Server at(Channel channel, ServerHosts hosts) {
    Server server = of(channel);
    return server == null ? hosts.current() : server;
  }

  /** Notes where a connection leads. */
  void isOf(Channel channel) {
    channel.attr(OF).set(this);
  }

  /** As operators know it; with the address, where the host is a name. */
  @Override
  public String toString() {
    InetAddress known = address;
    return known == null || NetUtil.createInetAddressFromIpAddressString(host.host()) != null
        ? host.toString()
        : "%s (%s)".formatted(host, known.getHostAddress());
  }
}

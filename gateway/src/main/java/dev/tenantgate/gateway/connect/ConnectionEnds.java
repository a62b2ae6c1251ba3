package dev.tenantgate.gateway.connect;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Both ends of a connection and what protects it, for people. Immutable.
 *
 * @param remote the peer's address; {@code unix} for a socket of this machine's
 * @param remotePort the peer's port; 0 for none
 * @param local our address
 * @param localPort our port; 0 for none
 * @param tls its protocol and its cipher; empty without TLS
 */
public record ConnectionEnds(
    String remote, int remotePort, String local, int localPort, String tls) {

  /** The ends of a channel. */
  public static ConnectionEnds of(Channel channel) {
    return new ConnectionEnds(
        host(channel.remoteAddress()),
        port(channel.remoteAddress()),
        host(channel.localAddress()),
        port(channel.localAddress()),
        tls(channel));
  }

  private static String host(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet && inet.getAddress() != null
        ? inet.getAddress().getHostAddress()
        : "unix";
  }

  private static int port(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet ? inet.getPort() : 0;
  }

  private static String tls(Channel channel) {
    SslHandler handler = channel.pipeline().get(SslHandler.class);
    if (handler == null) {
      return "";
    }
    SSLSession session = handler.engine().getSession();
    return session.getProtocol() + "/" + session.getCipherSuite();
  }
}

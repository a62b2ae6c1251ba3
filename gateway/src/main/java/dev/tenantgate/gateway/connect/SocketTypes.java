package dev.tenantgate.gateway.connect;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.socket.SocketChannel;
import java.net.SocketAddress;

/** The channels of a transport, for connections that are opened. Thread-safe. */
public interface SocketTypes {

  /** Channels of TCP. */
  ChannelFactory<? extends SocketChannel> tcp();

  /** Their options, by which a peer that is gone is noticed. */
  default TcpOptions tcpOptions() {
    return TcpOptions.NONE;
  }

  /** Channels of Unix-domain sockets. */
  ChannelFactory<? extends Channel> unix();

  /** The address of a Unix-domain socket, as those channels have it. */
  SocketAddress unixAddress(String file);
}

package dev.tenantgate.gateway.backend;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.socket.SocketChannel;
import java.net.SocketAddress;

/** The channels of a transport, for connections that are opened. Thread-safe. */
public interface SocketTypes {

  /** Channels of TCP. */
  ChannelFactory<? extends SocketChannel> tcp();

  /** Channels of Unix-domain sockets. */
  ChannelFactory<? extends Channel> unix();

  /** The address of a Unix-domain socket, as those channels have it. */
  SocketAddress unixAddress(String file);
}

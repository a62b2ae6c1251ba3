package dev.tenantgate.gateway.server;

import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.gateway.backend.BackendConnector;
import dev.tenantgate.gateway.memory.OutboundBudget;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The socket that applications connect to. Thread-safe. */
final class FrontendListener {

  /** A connection with more to read has its next turn when all others have had theirs. */
  private static final int READS_PER_TURN = 2;

  /** Reads adapt to what comes: small for a pgbench, large for a COPY. */
  static AdaptiveRecvByteBufAllocator receiveBuffers(OutboundBudget outbound) {
    AdaptiveRecvByteBufAllocator buffers = outbound.receiveBuffers(512, 4096, 128 * 1024);
    buffers.maxMessagesPerRead(READS_PER_TURN);
    return buffers;
  }

  private static final int BACKLOG = 4096;

  private final Channel channel;

  private FrontendListener(Channel channel) {
    this.channel = channel;
  }

  /**
   * Starts to listen.
   *
   * @throws IOException if the address can't be had; the message names it
   */
  static FrontendListener bind(
      Transport transport,
      EventLoopGroup loops,
      NetworkAddress address,
      OutboundBudget outbound,
      ChannelHandler handler)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(transport.serverChannels())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOCATOR, BackendConnector.ALLOCATOR)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, OutboundBudget.plenty())
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers(outbound))
            .childHandler(handler);
    try {
      return new FrontendListener(
          bootstrap.bind(address.host(), address.port()).syncUninterruptibly().channel());
    } catch (Exception e) {
      throw new IOException("cannot listen on %s: %s".formatted(address, e.getMessage()), e);
    }
  }

  /** The port that is listened on, also where any free one was asked for. */
  int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  /** Where a client on this machine connects. */
  InetSocketAddress clientAddress() {
    InetSocketAddress bound = (InetSocketAddress) channel.localAddress();
    return bound.getAddress().isAnyLocalAddress()
        ? new InetSocketAddress(InetAddress.getLoopbackAddress(), bound.getPort())
        : bound;
  }

  /** Whether clients are accepted. */
  boolean isOpen() {
    return channel.isOpen();
  }

  /** Accepts nobody any more; sessions stay. */
  void close() {
    channel.close().syncUninterruptibly();
  }
}

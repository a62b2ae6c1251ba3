package dev.tenantgate.gateway.server;

import dev.tenantgate.config.ListenSettings;
import dev.tenantgate.gateway.connect.BackendConnector;
import dev.tenantgate.gateway.memory.OutboundBudget;
import dev.tenantgate.gateway.server.UnixListener.Place;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The sockets that applications connect to. Thread-safe. */
final class FrontendListener {

  /** A connection with more to read has its next turn when all others have had theirs. */
  private static final int READS_PER_TURN = 2;

  /** Reads adapt to what comes: small for a pgbench, large for a COPY. */
  static RecvByteBufAllocator receiveBuffers(OutboundBudget outbound) {
    return outbound.receiveBuffers(512, 4096, 128 * 1024, READS_PER_TURN);
  }

  private static final int BACKLOG = 4096;

  /** Clients that connected before the file led to another process are accepted by then. */
  private static final Duration QUEUED = Duration.ofSeconds(1);

  private final Channel channel;
  private final @Nullable UnixListener unix;

  private FrontendListener(Channel channel, @Nullable UnixListener unix) {
    this.channel = channel;
    this.unix = unix;
  }

  /**
   * Starts to listen.
   *
   * @throws IOException if an address can't be had; the message names it
   */
  static FrontendListener bind(
      Transport transport,
      EventLoopGroup loops,
      ListenSettings settings,
      OpenedSockets opened,
      OutboundBudget outbound,
      ChannelHandler handler)
      throws IOException {
    ServerBootstrap tcp =
        bootstrap(loops, outbound, handler)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true);
    Channel channel = opened.listen(transport, tcp, settings.address());
    Path directory = settings.unixSocket().directory();
    if (directory == null) {
      return new FrontendListener(channel, null);
    }
    try {
      Path file =
          UnixListener.file(directory, ((InetSocketAddress) channel.localAddress()).getPort());
      return new FrontendListener(
          channel,
          opened.listen(
              transport,
              bootstrap(loops, outbound, handler),
              new Place(
                  "listen.unix-socket", file, settings.unixSocket().mode(), opened.areShared())));
    } catch (IOException e) {
      channel.close().syncUninterruptibly();
      throw e;
    }
  }

  private static ServerBootstrap bootstrap(
      EventLoopGroup loops, OutboundBudget outbound, ChannelHandler handler) {
    return new ServerBootstrap()
        .group(loops)
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .childOption(ChannelOption.ALLOCATOR, BackendConnector.ALLOCATOR)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, OutboundBudget.plenty())
        .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers(outbound))
        .childHandler(handler);
  }

  /** The port that is listened on, also where any free one was asked for. */
  int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  /** The file of the Unix-domain socket; "none" without one. */
  String unixSocket() {
    return unix == null ? "none" : unix.file().toString();
  }

  /** Where a client on this machine connects. */
  InetSocketAddress clientAddress() {
    InetSocketAddress bound = (InetSocketAddress) channel.localAddress();
    return bound.getAddress().isAnyLocalAddress()
        ? new InetSocketAddress(InetAddress.getLoopbackAddress(), bound.getPort())
        : bound;
  }

  /** The listening socket, to be passed on. */
  int descriptor() {
    return ((UnixChannel) channel).fd().intValue();
  }

  /** Another process accepts clients from the same sockets: this one doesn't any more. */
  void handOver() {
    channel.close();
    if (unix != null) {
      unix.closeReplaced(QUEUED);
    }
  }

  /** Whether clients are accepted. */
  boolean isOpen() {
    return channel.isOpen();
  }

  /** Accepts nobody any more; sessions stay. */
  void close() {
    if (channel.isOpen()) {
      channel.close().syncUninterruptibly();
    }
    if (unix != null) {
      unix.close();
    }
  }
}

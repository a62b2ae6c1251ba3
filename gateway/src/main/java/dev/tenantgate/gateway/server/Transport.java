package dev.tenantgate.gateway.server;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.config.ListenSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.connect.SocketTypes;
import dev.tenantgate.gateway.connect.TcpOptions;
import dev.tenantgate.gateway.memory.LastingEventLoops;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One of Netty's ways to talk to the kernel. */
@SuppressWarnings("ImmutableEnumChecker") // stateless method references
public enum Transport implements SocketTypes {
  IO_URING(
      IoUringIoHandler::newFactory,
      IoUringServerSocketChannel::new,
      IoUringSocketChannel::new,
      IoUringServerDomainSocketChannel::new,
      IoUringDomainSocketChannel::new,
      IoUring::unavailabilityCause),
  EPOLL(
      EpollIoHandler::newFactory,
      EpollServerSocketChannel::new,
      EpollSocketChannel::new,
      EpollServerDomainSocketChannel::new,
      EpollDomainSocketChannel::new,
      Epoll::unavailabilityCause),
  KQUEUE(
      KQueueIoHandler::newFactory,
      KQueueServerSocketChannel::new,
      KQueueSocketChannel::new,
      KQueueServerDomainSocketChannel::new,
      KQueueDomainSocketChannel::new,
      KQueue::unavailabilityCause),
  NIO(
      NioIoHandler::newFactory,
      NioServerSocketChannel::new,
      NioSocketChannel::new,
      NioServerDomainSocketChannel::new,
      NioDomainSocketChannel::new,
      () -> null);

  private static final Logger log = LoggerFactory.getLogger(Transport.class);

  private static final TcpOptions NIO_OPTIONS =
      new TcpOptions(
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT),
          null);

  private final Supplier<IoHandlerFactory> ioHandlers;
  private final ChannelFactory<? extends ServerSocketChannel> serverChannels;
  private final ChannelFactory<? extends SocketChannel> channels;
  private final ChannelFactory<? extends ServerChannel> unixServerChannels;
  private final ChannelFactory<? extends Channel> unixChannels;
  private final Supplier<@Nullable Throwable> unavailabilityCause;

  Transport(
      Supplier<IoHandlerFactory> ioHandlers,
      ChannelFactory<? extends ServerSocketChannel> serverChannels,
      ChannelFactory<? extends SocketChannel> channels,
      ChannelFactory<? extends ServerChannel> unixServerChannels,
      ChannelFactory<? extends Channel> unixChannels,
      Supplier<@Nullable Throwable> unavailabilityCause) {
    this.ioHandlers = ioHandlers;
    this.serverChannels = serverChannels;
    this.channels = channels;
    this.unixServerChannels = unixServerChannels;
    this.unixChannels = unixChannels;
    this.unavailabilityCause = unavailabilityCause;
  }

  /**
   * The transport that the settings ask for, or the best one that this machine has.
   *
   * @throws IllegalArgumentException if the one asked for isn't available; the message names the
   *     key and the reason
   */
  public static Transport of(ListenSettings.Transport wanted) {
    return switch (wanted) {
      case AUTO -> best();
      case IO_URING -> IO_URING.orRefuse();
      case EPOLL -> EPOLL.orRefuse();
      case KQUEUE -> KQUEUE.orRefuse();
      case NIO -> NIO;
    };
  }

  private static Transport best() {
    // io_uring must be asked for: containers often forbid it, and epoll does as well here.
    if (EPOLL.isAvailable()) {
      return EPOLL;
    }
    return KQUEUE.isAvailable() ? KQUEUE : NIO;
  }

  /** As settings and logs have it: {@code io_uring}. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  private boolean isAvailable() {
    return unavailabilityCause.get() == null;
  }

  private Transport orRefuse() {
    Throwable cause = unavailabilityCause.get();
    if (cause != null) {
      throw new IllegalArgumentException(
          "listen.transport: %s is not available here (%s)".formatted(label(), cause.getMessage()),
          cause);
    }
    return this;
  }

  /**
   * Makes sure that {@code auth.unix-socket-method: peer} can work.
   *
   * @throws IllegalArgumentException if it can't; the message names the key and the way on
   */
  void requirePeerCredentials(AuthSettings settings) {
    if (this == NIO && settings.unixSocketMethod() == AuthSettings.UnixSocketMethod.PEER) {
      throw new IllegalArgumentException(
          "auth.unix-socket-method: the transport nio can't tell who a client is; peer needs"
              + " listen.transport epoll, io_uring or kqueue");
    }
  }

  /**
   * Makes sure that sockets can be passed from process to process.
   *
   * @param wanted the setting, or what else asks for it
   * @throws IllegalArgumentException if they can't; the message says so
   */
  void requireDescriptors(String wanted) {
    if (this != EPOLL) {
      throw new IllegalArgumentException(
          "%s: the transport %s can't take over sockets; set listen.transport to epoll (Linux)"
              .formatted(wanted, label()));
    }
  }

  /** Event loops with threads of that name. */
  public EventLoopGroup newEventLoops(int threads, String name) {
    return newEventLoops(threads, name, () -> {});
  }

  /**
   * Event loops with threads of that name.
   *
   * @param relief frees memory; called on a loop that has none
   */
  LastingEventLoops newEventLoops(int threads, String name, Runnable relief) {
    return new LastingEventLoops(threads, new DefaultThreadFactory(name), ioHandlers.get(), relief);
  }

  public ChannelFactory<? extends ServerSocketChannel> serverChannels() {
    return serverChannels;
  }

  @Override
  public ChannelFactory<? extends SocketChannel> tcp() {
    return channels;
  }

  /** For listening on Unix-domain sockets. */
  public ChannelFactory<? extends ServerChannel> unixServerChannels() {
    return unixServerChannels;
  }

  @Override
  public ChannelFactory<? extends Channel> unix() {
    return unixChannels;
  }

  @Override
  public TcpOptions tcpOptions() {
    return switch (this) {
      case IO_URING ->
          new TcpOptions(
              IoUringChannelOption.TCP_KEEPIDLE,
              IoUringChannelOption.TCP_KEEPINTVL,
              IoUringChannelOption.TCP_KEEPCNT,
              IoUringChannelOption.TCP_USER_TIMEOUT);
      case EPOLL ->
          new TcpOptions(
              EpollChannelOption.TCP_KEEPIDLE,
              EpollChannelOption.TCP_KEEPINTVL,
              EpollChannelOption.TCP_KEEPCNT,
              EpollChannelOption.TCP_USER_TIMEOUT);
      case NIO -> NIO_OPTIONS;
      case KQUEUE -> TcpOptions.NONE;
    };
  }

  /** Warns of settings that this transport has nothing for. */
  void warnOfLackingOptions(Settings settings) {
    List<String> keys = new ArrayList<>(tcpOptions().lacking("listen", settings.listen().tcp()));
    keys.addAll(tcpOptions().lacking("database", settings.database().tcp()));
    keys.forEach(
        key ->
            log.atWarn()
                .addKeyValue("setting", key)
                .addKeyValue("transport", label())
                .log("not in force: the transport has no such option"));
  }

  @Override
  public SocketAddress unixAddress(String file) {
    return this == NIO ? UnixDomainSocketAddress.of(file) : new DomainSocketAddress(file);
  }
}

package dev.tenantgate.gateway.server;

import dev.tenantgate.config.ListenSettings;
import dev.tenantgate.gateway.memory.LastingEventLoops;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One of Netty's ways to talk to the kernel. */
@SuppressWarnings("ImmutableEnumChecker") // stateless method references
public enum Transport {
  IO_URING(
      IoUringIoHandler::newFactory,
      IoUringServerSocketChannel::new,
      IoUringSocketChannel::new,
      IoUring::unavailabilityCause),
  EPOLL(
      EpollIoHandler::newFactory,
      EpollServerSocketChannel::new,
      EpollSocketChannel::new,
      Epoll::unavailabilityCause),
  KQUEUE(
      KQueueIoHandler::newFactory,
      KQueueServerSocketChannel::new,
      KQueueSocketChannel::new,
      KQueue::unavailabilityCause),
  NIO(NioIoHandler::newFactory, NioServerSocketChannel::new, NioSocketChannel::new, () -> null);

  private final Supplier<IoHandlerFactory> ioHandlers;
  private final ChannelFactory<? extends ServerSocketChannel> serverChannels;
  private final ChannelFactory<? extends SocketChannel> channels;
  private final Supplier<@Nullable Throwable> unavailabilityCause;

  Transport(
      Supplier<IoHandlerFactory> ioHandlers,
      ChannelFactory<? extends ServerSocketChannel> serverChannels,
      ChannelFactory<? extends SocketChannel> channels,
      Supplier<@Nullable Throwable> unavailabilityCause) {
    this.ioHandlers = ioHandlers;
    this.serverChannels = serverChannels;
    this.channels = channels;
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

  public ChannelFactory<? extends SocketChannel> channels() {
    return channels;
  }
}

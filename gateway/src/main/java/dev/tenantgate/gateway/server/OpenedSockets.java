package dev.tenantgate.gateway.server;

import dev.tenantgate.config.ListenSettings;
import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.gateway.server.UnixListener.Place;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on sockets that were passed on, where there are such, and on new ones else. Confined to
 * the start.
 */
final class OpenedSockets {

  private static final Logger log = LoggerFactory.getLogger(OpenedSockets.class);

  private final InheritedSockets inherited;
  private final @Nullable Predecessor predecessor;

  private OpenedSockets(InheritedSockets inherited, @Nullable Predecessor predecessor) {
    this.inherited = inherited;
    this.predecessor = predecessor;
  }

  /**
   * Asks systemd, by the environment, and the gateway before this one, by the takeover socket.
   *
   * @throws IOException if sockets are there that can't be used
   * @throws IllegalArgumentException if the transport can't; the message names the key
   */
  static OpenedSockets find(
      Transport transport,
      EventLoopGroup loops,
      ListenSettings settings,
      Map<String, String> environment)
      throws IOException {
    InheritedSockets inherited = InheritedSockets.fromSystemd(environment);
    if (!inherited.isEmpty()) {
      transport.requireDescriptors("sockets that systemd opens");
    }
    Path socket = settings.shutdown().takeoverSocket();
    Predecessor predecessor = null;
    if (socket != null) {
      transport.requireDescriptors("shutdown.takeover-socket");
      predecessor = Predecessor.find(socket, loops);
      if (predecessor != null) {
        inherited.add(predecessor.descriptor());
      }
    }
    return new OpenedSockets(inherited, predecessor);
  }

  /** The gateway before this one; null if there was none. */
  @Nullable Predecessor predecessor() {
    return predecessor;
  }

  /** Whether another gateway listens on the same sockets. */
  boolean areShared() {
    return predecessor != null;
  }

  /**
   * Accepts those who connect to an address.
   *
   * @throws IOException if the address can't be had; the message names it
   */
  Channel listen(Transport transport, ServerBootstrap bootstrap, NetworkAddress address)
      throws IOException {
    OptionalInt descriptor = inherited.take(address);
    try {
      if (descriptor.isPresent()) {
        return bootstrap
            .channelFactory(() -> new EpollServerSocketChannel(descriptor.getAsInt()))
            .register()
            .syncUninterruptibly()
            .channel();
      }
      return bootstrap
          .channelFactory(transport.serverChannels())
          .bind(address.host(), address.port())
          .syncUninterruptibly()
          .channel();
    } catch (Exception e) {
      throw new IOException("cannot listen on %s: %s".formatted(address, e.getMessage()), e);
    }
  }

  /**
   * Accepts those who connect to a file. One of systemd's stays there when this process ends.
   *
   * @throws IOException if the file can't be had; the message names key and file
   */
  UnixListener listen(Transport transport, ServerBootstrap bootstrap, Place place)
      throws IOException {
    OptionalInt descriptor = inherited.take(place.file());
    if (descriptor.isPresent()) {
      return UnixListener.opened(
          bootstrap
              .channelFactory(() -> new EpollServerDomainSocketChannel(descriptor.getAsInt()))
              .register()
              .syncUninterruptibly()
              .channel(),
          place.file());
    }
    return UnixListener.bind(
        transport, bootstrap.channelFactory(transport.unixServerChannels()), place);
  }

  /** This gateway serves: the one before it lets go of the sockets. */
  void takeOver() {
    inherited.closeOthers();
    if (predecessor != null) {
      predecessor.release();
      log.info("took over from the gateway before this one");
    }
  }

  /** This gateway doesn't start after all. */
  void abandon() {
    if (predecessor != null) {
      predecessor.abandon();
    }
  }
}

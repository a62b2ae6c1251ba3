package dev.tenantgate.gateway.backend;

import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.config.TcpSettings;
import dev.tenantgate.gateway.memory.OutboundBudget;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to the server, each on the event loop of the frontend that it is for.
 * Thread-safe.
 *
 * <p>A connection is handed over when bytes of the protocol may be sent on it, after TLS has been
 * settled. Both together have one time limit.
 */
public final class BackendConnector {

  /**
   * For both sides of a session. Pooled, with caches per thread: the buffers of a session live and
   * die on one event loop.
   */
  public static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  private final SocketTypes types;
  private final ServerHosts hosts;
  private final BackendTls tls;
  private final int connectTimeoutMillis;
  private final OutboundBudget outbound;
  private final RecvByteBufAllocator receiveBuffers;
  private final OffLoopResolver resolver;
  private volatile TcpSettings tcp = TcpSettings.DEFAULT;

  public BackendConnector(
      SocketTypes types,
      ServerHosts hosts,
      BackendTls tls,
      Duration connectTimeout,
      OutboundBudget outbound,
      RecvByteBufAllocator receiveBuffers,
      OffLoopResolver resolver) {
    this.types = types;
    this.hosts = hosts;
    this.tls = tls;
    this.connectTimeoutMillis = (int) Math.min(Integer.MAX_VALUE, connectTimeout.toMillis());
    this.outbound = outbound;
    this.receiveBuffers = receiveBuffers;
    this.resolver = resolver;
  }

  /** Takes other settings for the connections to come. */
  public void reconfigure(TcpSettings settings) {
    tcp = settings;
  }

  /** The transport's options, by which a peer that is gone is noticed. */
  public TcpOptions tcpOptions() {
    return types.tcpOptions();
  }

  /** The host in use. */
  public NetworkAddress address() {
    return hosts.current();
  }

  /** All of them. */
  public ServerHosts hosts() {
    return hosts;
  }

  /** How long connecting may take, and the server's answer to anything that is asked before. */
  public Duration connectTimeout() {
    return Duration.ofMillis(connectTimeoutMillis);
  }

  /** The party that asked for a connection. Called on the event loop it was asked for. */
  public interface Listener {

    /**
     * The connection may be used.
     *
     * @param encrypted whether TLS protects it
     */
    void backendConnected(Channel backend, boolean encrypted);

    /** There is no connection. */
    void backendUnreachable(Throwable cause);
  }

  /**
   * Connects.
   *
   * @param handler receives what the backend sends
   * @return the connection under way, to close if it is no longer wanted
   */
  public Channel connect(EventLoop eventLoop, ChannelHandler handler, Listener listener) {
    NetworkAddress address = hosts.current();
    Attempt attempt = new Attempt(address, listener);
    ChannelFuture connecting = connecting(address, bootstrap(eventLoop, handler, attempt));
    connecting.addListener(
        (ChannelFuture done) -> {
          if (!done.isSuccess()) {
            attempt.backendUnreachable(done.cause());
          } else if (!tls.wanted()) {
            attempt.backendConnected(done.channel(), false);
          }
        });
    attempt.limit(connecting.channel(), eventLoop);
    return connecting.channel();
  }

  private Bootstrap bootstrap(EventLoop eventLoop, ChannelHandler handler, Attempt attempt) {
    return new Bootstrap()
        .group(eventLoop)
        .option(ChannelOption.ALLOCATOR, ALLOCATOR)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMillis)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, OutboundBudget.plenty())
        .option(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                outbound.open(channel);
                types.tcpOptions().set(channel, tcp);
                if (tls.wanted()) {
                  channel.pipeline().addLast(new TlsNegotiation(tls, attempt.address, attempt));
                }
                channel.pipeline().addLast(handler);
              }
            });
  }

  private ChannelFuture connecting(NetworkAddress address, Bootstrap bootstrap) {
    if (address.isUnixSocket()) {
      return bootstrap
          .channelFactory(types.unix())
          .disableResolver()
          .connect(types.unixAddress(address.socketFile()));
    }
    return bootstrap
        .channelFactory(types.tcp())
        .resolver(resolver)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .connect(address.host(), address.port());
  }

  /** One connection under way. Tells its listener once. Event-loop confined. */
  private final class Attempt implements Listener {

    private final NetworkAddress address;
    private final Listener listener;
    private @Nullable ScheduledFuture<?> timeout;
    private boolean over;

    Attempt(NetworkAddress address, Listener listener) {
      this.address = address;
      this.listener = listener;
    }

    /** A server may accept the connection, and say nothing when it is asked for TLS. */
    void limit(Channel channel, EventLoop eventLoop) {
      if (!tls.wanted()) {
        return; // the channel's own limit is enough
      }
      ScheduledFuture<?> timer =
          eventLoop.schedule(
              () -> {
                backendUnreachable(new ConnectTimeoutException("no answer to a request for TLS"));
                channel.close();
              },
              connectTimeoutMillis,
              TimeUnit.MILLISECONDS);
      channel.closeFuture().addListener(closed -> timer.cancel(false));
      eventLoop.execute(
          () -> {
            timeout = timer;
            if (over) {
              timer.cancel(false);
            }
          });
    }

    @Override
    public void backendConnected(Channel backend, boolean encrypted) {
      if (end()) {
        listener.backendConnected(backend, encrypted);
      }
    }

    @Override
    public void backendUnreachable(Throwable cause) {
      if (end()) {
        hosts.failed(address);
        listener.backendUnreachable(cause);
      }
    }

    private boolean end() {
      boolean first = !over;
      over = true;
      if (timeout != null) {
        timeout.cancel(false);
      }
      return first;
    }
  }
}

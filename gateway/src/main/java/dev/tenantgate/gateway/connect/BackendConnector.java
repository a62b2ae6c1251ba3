package dev.tenantgate.gateway.connect;

import dev.tenantgate.config.TcpSettings;
import dev.tenantgate.gateway.memory.OutboundBudget;
import dev.tenantgate.gateway.protocol.Report;
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
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
  private final OutboundBudget outbound;
  private final RecvByteBufAllocator receiveBuffers;
  private volatile TcpSettings tcp = TcpSettings.DEFAULT;

  public BackendConnector(
      SocketTypes types,
      ServerHosts hosts,
      OutboundBudget outbound,
      RecvByteBufAllocator receiveBuffers) {
    this.types = types;
    this.hosts = hosts;
    this.outbound = outbound;
    this.receiveBuffers = receiveBuffers;
  }

  /** Takes other settings for the connections to come. */
  public void reconfigure(TcpSettings settings) {
    tcp = settings;
  }

  /** The transport's options, by which a peer that is gone is noticed. */
  public TcpOptions tcpOptions() {
    return types.tcpOptions();
  }

  /** The servers, of which one is in use. */
  public ServerHosts hosts() {
    return hosts;
  }

  /** How long connecting may take, and the server's answer to anything that is asked before. */
  public Duration connectTimeout() {
    return hosts.connectTimeout();
  }

  /** The party that asked for a connection. Called on the event loop it was asked for. */
  public interface Listener {

    /**
     * The connection may be used; {@link Server#of} tells where it leads.
     *
     * @param encrypted whether TLS protects it
     */
    void backendConnected(Channel backend, boolean encrypted);

    /**
     * There is no connection.
     *
     * @param report why, fit for a client
     */
    void backendUnreachable(Report report);
  }

  /**
   * Connects to the server in use.
   *
   * @param handler receives what the backend sends
   * @return the connection under way, to close if it is no longer wanted
   */
  public Channel connect(EventLoop eventLoop, ChannelHandler handler, Listener listener) {
    return connect(eventLoop, handler, listener, hosts.current(), hosts.pick(true));
  }

  /** The same for the gateway's own account, which checks whether the server is to be used. */
  Channel connectUnchecked(EventLoop eventLoop, ChannelHandler handler, Listener listener) {
    return connect(eventLoop, handler, listener, hosts.current(), hosts.pick(false));
  }

  /** Connects to a server that there is a connection to already, whether it is in use or not. */
  Channel connectTo(Server server, EventLoop eventLoop, ChannelHandler handler, Listener listener) {
    return connect(eventLoop, handler, listener, server, CompletableFuture.completedFuture(server));
  }

  private Channel connect(
      EventLoop eventLoop,
      ChannelHandler handler,
      Listener listener,
      Server likely,
      CompletableFuture<Server> picked) {
    Attempt attempt = new Attempt(likely, listener);
    ChannelFuture registered = bootstrap(eventLoop, handler, likely).register();
    Channel channel = registered.channel();
    registered.addListener(
        (ChannelFuture done) -> {
          if (!done.isSuccess()) {
            attempt.failed(done.cause());
          } else {
            whenPicked(picked, channel, attempt);
          }
        });
    return channel;
  }

  private void whenPicked(CompletableFuture<Server> picked, Channel channel, Attempt attempt) {
    // Not before the caller has the channel, however soon it is known.
    picked.whenCompleteAsync(
        (server, failure) -> {
          if (server != null) {
            connect(channel, attempt, server);
          } else {
            attempt.notPicked(failure);
            channel.close();
          }
        },
        channel.eventLoop());
  }

  private void connect(Channel channel, Attempt attempt, Server server) {
    attempt.server = server;
    server.isOf(channel);
    if (!channel.isOpen()) {
      attempt.withdrawn();
      return;
    }
    if (!server.isResolved()) {
      attempt.failed(new UnknownHostException(server.host().host()));
      channel.close();
      return;
    }
    if (server.tls().wanted()) {
      channel.pipeline().addFirst(new TlsNegotiation(server, attempt));
    }
    channel
        .connect(
            server.host().isUnixSocket()
                ? types.unixAddress(server.host().socketFile())
                : server.socketAddress())
        .addListener(
            (ChannelFuture done) -> {
              if (done.cause() instanceof ClosedChannelException) {
                attempt.withdrawn();
              } else if (!done.isSuccess()) {
                attempt.failed(done.cause());
                channel.close();
              } else if (!server.tls().wanted()) {
                attempt.backendConnected(channel, false);
              }
            });
    attempt.limit(channel, server);
  }

  private Bootstrap bootstrap(EventLoop eventLoop, ChannelHandler handler, Server likely) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(eventLoop)
            .option(ChannelOption.ALLOCATOR, ALLOCATOR)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) Math.min(Integer.MAX_VALUE, connectTimeout().toMillis()))
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, OutboundBudget.plenty())
            .option(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    outbound.open(channel);
                    types.tcpOptions().set(channel, tcp);
                    channel.pipeline().addLast(handler);
                  }
                });
    return likely.host().isUnixSocket()
        ? bootstrap.channelFactory(types.unix())
        : bootstrap
            .channelFactory(types.tcp())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true);
  }

  /** One connection under way. Tells its listener once. Event-loop confined. */
  private final class Attempt implements TlsNegotiation.Listener {

    private final Listener listener;
    private Server server;
    private boolean over;

    Attempt(Server likely, Listener listener) {
      this.server = likely;
      this.listener = listener;
    }

    /** A server may accept the connection, and say nothing when it is asked for TLS. */
    void limit(Channel channel, Server at) {
      if (!at.tls().wanted()) {
        return; // the channel's own limit is enough
      }
      ScheduledFuture<?> timer =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    failed(new ConnectTimeoutException("no answer to a request for TLS"));
                    channel.close();
                  },
                  connectTimeout().toMillis(),
                  TimeUnit.MILLISECONDS);
      timeout = timer;
      if (over) {
        timer.cancel(false);
      }
      channel.closeFuture().addListener(closed -> timer.cancel(false));
    }

    private @Nullable ScheduledFuture<?> timeout;

    @Override
    public void backendConnected(Channel backend, boolean encrypted) {
      if (end()) {
        listener.backendConnected(backend, encrypted);
      }
    }

    @Override
    public void failed(Throwable cause) {
      if (end()) {
        Report report = ConnectFailure.report(server, cause);
        if (BackendHold.isOutage(report)) {
          hosts.failed(server);
        }
        listener.backendUnreachable(report);
      }
    }

    /** The caller that wanted it has closed it: that says nothing of the server. */
    void withdrawn() {
      if (end()) {
        listener.backendUnreachable(ConnectFailure.report(server, new ClosedChannelException()));
      }
    }

    /** The server has been tried by the gateway's own account, in vain. */
    void notPicked(Throwable cause) {
      if (end()) {
        Throwable reason = cause instanceof CompletionException ? cause.getCause() : cause;
        listener.backendUnreachable(ConnectFailure.report(server, reason == null ? cause : reason));
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

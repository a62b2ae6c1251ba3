package dev.tenantgate.gateway.admin;

import dev.tenantgate.config.NetworkAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the admin port, on one event loop and a few threads for what blocks. Thread-safe. */
public final class AdminServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);

  private static final int MAX_CONNECTIONS = 256;
  private static final int MAX_BODY_BYTES = 64 * 1024;
  private static final int IDLE_SECONDS = 60;
  private static final int THREADS = 8;
  private static final int MAX_QUEUED = 256;

  private final EventLoopGroup loop;
  private final ThreadPoolExecutor blocking;
  private final Channel listener;

  private AdminServer(EventLoopGroup loop, ThreadPoolExecutor blocking, Channel listener) {
    this.loop = loop;
    this.blocking = blocking;
    this.listener = listener;
  }

  /**
   * Opens the port.
   *
   * @param events the stream that the gate's events go to
   * @throws IOException if the address can't be had
   */
  public static AdminServer start(
      NetworkAddress address, AdminServices services, EventStream events) throws IOException {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("tenantgate-admin", true), NioIoHandler.newFactory());
    ThreadPoolExecutor blocking =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_QUEUED),
            new DefaultThreadFactory("tenantgate-admin-work", true));
    blocking.allowCoreThreadTimeOut(true);
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Acceptor(routes(services, blocking), events, blocking))
            .bind(address.host(), address.port())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException(
          "admin.address: can't listen on " + address + ": " + bound.cause().getMessage(),
          bound.cause());
    }
    AdminServer server = new AdminServer(loop, blocking, bound.channel());
    log.atInfo()
        .addKeyValue("address", address.host() + ":" + server.port())
        .log("admin port is open");
    return server;
  }

  /** The port it listens on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Closes the port and every connection to it; requests under way get no answer. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    blocking.shutdownNow();
    // Takes the connections with it.
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static Routes routes(AdminServices services, Executor blocking) {
    Routes routes = new Routes();
    new HealthEndpoints(services, blocking).addTo(routes);
    new TenantEndpoints(services.gatehouse()).addTo(routes);
    new SessionEndpoints(services.gatehouse().sessions()).addTo(routes);
    new UpgradeEndpoints(services).addTo(routes);
    // GET is answered by the stream before anything is routed; what comes here are HEAD and
    // mistakes.
    return routes.add(
        HttpMethod.GET,
        "/api/v1/events",
        Endpoint.immediate(request -> AdminResponse.text("text/event-stream; charset=utf-8", "")));
  }

  /** Equips connections that are accepted. Event-loop confined. */
  private static final class Acceptor extends ChannelInitializer<SocketChannel> {

    private final Routes routes;
    private final EventStream events;
    private final Executor blocking;
    private final AtomicInteger connections = new AtomicInteger();

    Acceptor(Routes routes, EventStream events, Executor blocking) {
      this.routes = routes;
      this.events = events;
      this.blocking = blocking;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      channel.closeFuture().addListener(closed -> connections.decrementAndGet());
      if (connections.incrementAndGet() > MAX_CONNECTIONS) {
        channel.close();
        return;
      }
      channel
          .pipeline()
          .addLast(new IdleStateHandler(IDLE_SECONDS, 0, 0))
          .addLast(new HttpServerCodec())
          .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
          .addLast(new AdminHandler(routes, events, blocking));
    }
  }
}

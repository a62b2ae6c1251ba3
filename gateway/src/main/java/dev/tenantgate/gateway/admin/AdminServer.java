package dev.tenantgate.gateway.admin;

import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.gateway.memory.LastingEventLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the admin port, on one event loop and a few threads for what blocks. Thread-safe. */
public final class AdminServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);

  private static final int MAX_BODY_BYTES = 16 * 1024;
  private static final int THREADS = 8;
  private static final int WATCHING_THREADS = 3;
  private static final int MAX_QUEUED = 256;

  /** More than this of an answer isn't made before the client has read some. */
  private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(16_384, 65_536);

  /** The kernel's part of it. */
  private static final int SEND_BUFFER_BYTES = 64 * 1024;

  private final EventLoopGroup loop;
  private final List<ThreadPoolExecutor> threads;
  private final Channel listener;

  private AdminServer(EventLoopGroup loop, List<ThreadPoolExecutor> threads, Channel listener) {
    this.loop = loop;
    this.threads = threads;
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
        new LastingEventLoops(
            1,
            new DefaultThreadFactory("tenantgate-admin", true),
            NioIoHandler.newFactory(),
            () -> {});
    ThreadPoolExecutor blocking = threads(THREADS, "tenantgate-admin-work");
    ThreadPoolExecutor watching = threads(WATCHING_THREADS, "tenantgate-admin-probes");
    AdminConnections connections = new AdminConnections();
    AdminHandler.Service service =
        new AdminHandler.Service(
            routes(services, watching),
            events,
            blocking,
            watching,
            connections,
            () -> RequestGuard.of(services.gateService().settings().admin()));
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childHandler(new Acceptor(service))
            .bind(address.host(), address.port())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException(
          "admin.address: can't listen on " + address + ": " + bound.cause().getMessage(),
          bound.cause());
    }
    AdminServer server = new AdminServer(loop, List.of(blocking, watching), bound.channel());
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
    threads.forEach(ThreadPoolExecutor::shutdownNow);
    // Takes the connections with it.
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static ThreadPoolExecutor threads(int number, String name) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            number,
            number,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_QUEUED),
            new DefaultThreadFactory(name, true));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** All that is answered. */
  static Routes routes(AdminServices services, Executor watching) {
    Routes routes = new Routes();
    new HealthEndpoints(services, watching).addTo(routes);
    new TenantEndpoints(services.gateService()).addTo(routes);
    new SessionEndpoints(services.gateService().sessions()).addTo(routes);
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

    private final AdminHandler.Service service;

    Acceptor(AdminHandler.Service service) {
      this.service = service;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      if (!service.connections().admit(channel)) {
        channel.close();
        return;
      }
      RequestDeadline deadline = new RequestDeadline();
      channel
          .pipeline()
          .addLast(deadline)
          .addLast(new HttpServerCodec())
          .addLast(new AdminCompressor())
          .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
          .addLast(new ChunkedWriteHandler())
          .addLast(new AdminHandler(service, deadline));
    }
  }
}

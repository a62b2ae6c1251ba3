package dev.tenantgate.gateway.admin;

import dev.tenantgate.config.AdminSettings;
import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.gateway.memory.LastingEventLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
  private final @Nullable Channel statusListener;
  private final OperationBook operations;

  private AdminServer(
      EventLoopGroup loop,
      List<ThreadPoolExecutor> threads,
      OperationBook operations,
      Channel listener,
      @Nullable Channel statusListener) {
    this.loop = loop;
    this.threads = threads;
    this.operations = operations;
    this.listener = listener;
    this.statusListener = statusListener;
  }

  /**
   * Opens the port, and the one for probes where that is another.
   *
   * @param security the TLS and the tokens in force
   * @param events the stream that the gate's events go to
   * @throws IOException if an address can't be had
   */
  public static AdminServer start(
      AdminSettings settings,
      Supplier<AdminSecurity> security,
      AdminServices services,
      EventStream events)
      throws IOException {
    EventLoopGroup loop =
        new LastingEventLoops(
            1,
            new DefaultThreadFactory("tenantgate-admin", true),
            NioIoHandler.newFactory(),
            () -> {});
    ThreadPoolExecutor blocking = threads(THREADS, "tenantgate-admin-work");
    ThreadPoolExecutor watching = threads(WATCHING_THREADS, "tenantgate-admin-probes");
    security.get().warn(settings);
    HealthEndpoints health = new HealthEndpoints(services, watching);
    OperationBook operations = new OperationBook(services.gateService().migrator().operations());
    AdminHandler.Service all =
        new AdminHandler.Service(
            routes(services, health, operations),
            events,
            blocking,
            watching,
            new AdminConnections(),
            (request, onLoopback) ->
                RequestGuard.of(services.gateService().settings().admin())
                    .refuse(request, onLoopback),
            security);
    // The next gateway of this user opens the ports while this one still has them.
    boolean shared = services.gateService().settings().listen().shutdown().takeoverSocket() != null;
    try {
      Channel listener = bind("admin.address", settings.address(), shared, loop, all);
      NetworkAddress status = settings.statusAddress();
      return new AdminServer(
          loop,
          List.of(blocking, watching),
          operations,
          listener,
          status == null
              ? null
              : bind("admin.status-address", status, shared, loop, statusOf(all, health)));
    } catch (IOException e) {
      loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw e;
    }
  }

  /** A port that tells whether the gateway lives, to anyone, and nothing else. */
  private static AdminHandler.Service statusOf(AdminHandler.Service all, HealthEndpoints health) {
    Routes routes = new Routes();
    health.addStatusTo(routes);
    return new AdminHandler.Service(
        routes,
        null,
        all.blocking(),
        all.watching(),
        new AdminConnections(),
        (request, onLoopback) -> null,
        null);
  }

  private static Channel bind(
      String key,
      NetworkAddress address,
      boolean shared,
      EventLoopGroup loop,
      AdminHandler.Service service)
      throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT), shared)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childHandler(new Acceptor(service))
            .bind(address.host(), address.port())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          key + ": can't listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
    }
    log.atInfo()
        .addKeyValue("address", address.host() + ":" + port(bound.channel()))
        .log(key.equals("admin.address") ? "admin port is open" : "status port is open");
    return bound.channel();
  }

  private static int port(Channel listener) {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** The port it listens on. */
  public int port() {
    return port(listener);
  }

  /** Another process answers there; requests under way get their answers still. */
  public void stopListening() {
    listener.close();
    if (statusListener != null) {
      statusListener.close();
    }
  }

  /** The port for probes; the same, where it has no address of its own. */
  public int statusPort() {
    return port(statusListener == null ? listener : statusListener);
  }

  /** Closes the ports and every connection to them; requests under way get no answer. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    if (statusListener != null) {
      statusListener.close().awaitUninterruptibly();
    }
    threads.forEach(ThreadPoolExecutor::shutdownNow);
    operations.close();
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
  static Routes routes(AdminServices services, HealthEndpoints health, OperationBook operations) {
    Routes routes = new Routes();
    health.addStatusTo(routes);
    new PageEndpoints().addTo(routes);
    new TenantEndpoints(services.gateService()).addTo(routes);
    new SessionEndpoints(services.gateService().sessions()).addTo(routes);
    new UpgradeEndpoints(services, operations).addTo(routes);
    new RollbackEndpoint(services.gateService(), operations).addTo(routes);
    new FleetEndpoints(services).addTo(routes);
    new OperationEndpoints(services.gateService(), operations).addTo(routes);
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
      channel.pipeline().addLast(deadline);
      Supplier<AdminSecurity> security = service.security();
      ChannelHandler decryption =
          security == null ? null : security.get().decryption(channel.alloc(), service.blocking());
      if (decryption != null) {
        channel.pipeline().addLast(decryption);
      }
      channel
          .pipeline()
          .addLast(new HttpServerCodec())
          .addLast(new AdminCompressor())
          .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
          .addLast(new ChunkedWriteHandler())
          .addLast(new AdminHandler(service, deadline));
    }
  }
}

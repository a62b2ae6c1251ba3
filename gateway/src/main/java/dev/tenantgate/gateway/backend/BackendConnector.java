package dev.tenantgate.gateway.backend;

import dev.tenantgate.config.NetworkAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import java.time.Duration;

/**
 * Opens connections to the server, each on the event loop of the frontend that it is for.
 * Immutable, thread-safe.
 *
 * <p>A connection is handed over when bytes of the protocol may be sent on it, after TLS has been
 * settled.
 */
public final class BackendConnector {

  /**
   * For both sides of a session. Pooled, with caches per thread: the buffers of a session live and
   * die on one event loop.
   */
  public static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  private final ChannelFactory<? extends SocketChannel> channels;
  private final NetworkAddress address;
  private final BackendTls tls;
  private final int connectTimeoutMillis;
  private final WriteBufferWaterMark waterMark;
  private final RecvByteBufAllocator receiveBuffers;
  private final OffLoopResolver resolver;

  public BackendConnector(
      ChannelFactory<? extends SocketChannel> channels,
      NetworkAddress address,
      BackendTls tls,
      Duration connectTimeout,
      WriteBufferWaterMark waterMark,
      RecvByteBufAllocator receiveBuffers,
      OffLoopResolver resolver) {
    this.channels = channels;
    this.address = address;
    this.tls = tls;
    this.connectTimeoutMillis = (int) Math.min(Integer.MAX_VALUE, connectTimeout.toMillis());
    this.waterMark = waterMark;
    this.receiveBuffers = receiveBuffers;
    this.resolver = resolver;
  }

  public NetworkAddress address() {
    return address;
  }

  /** How long connecting may take. */
  Duration connectTimeout() {
    return Duration.ofMillis(connectTimeoutMillis);
  }

  /** Who asked for a connection. Called on the event loop it was asked for. */
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
    ChannelFuture connecting =
        new Bootstrap()
            .group(eventLoop)
            .channelFactory(channels)
            .resolver(resolver)
            .option(ChannelOption.ALLOCATOR, ALLOCATOR)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMillis)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark)
            .option(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (tls.wanted()) {
                      channel.pipeline().addLast(new TlsNegotiation(tls, address, listener));
                    }
                    channel.pipeline().addLast(handler);
                  }
                })
            .connect(address.host(), address.port());
    connecting.addListener(
        (ChannelFuture done) -> {
          if (!done.isSuccess()) {
            listener.backendUnreachable(done.cause());
          } else if (!tls.wanted()) {
            listener.backendConnected(done.channel(), false);
          }
        });
    return connecting.channel();
  }
}

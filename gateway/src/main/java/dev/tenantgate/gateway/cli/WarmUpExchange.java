package dev.tenantgate.gateway.cli;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** One HTTP request to itself over each of Netty's transports that this machine has. */
final class WarmUpExchange {

  private static final int MOST_BODY_BYTES = 1024;
  private static final long PATIENCE_SECONDS = 2;

  private WarmUpExchange() {}

  private record Transport(
      IoHandlerFactory factory,
      Class<? extends ServerChannel> listening,
      Class<? extends Channel> connected) {}

  static void run() throws Exception {
    exchange(
        new Transport(
            NioIoHandler.newFactory(), NioServerSocketChannel.class, NioSocketChannel.class));
    if (Epoll.isAvailable()) {
      exchange(
          new Transport(
              EpollIoHandler.newFactory(),
              EpollServerSocketChannel.class,
              EpollSocketChannel.class));
    }
    if (IoUring.isAvailable()) {
      exchange(
          new Transport(
              IoUringIoHandler.newFactory(),
              IoUringServerSocketChannel.class,
              IoUringSocketChannel.class));
    }
  }

  private static void exchange(Transport transport) throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, transport.factory());
    try {
      Channel listening =
          new ServerBootstrap()
              .group(group)
              .channel(transport.listening())
              .childHandler(new ServerPipeline())
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .sync()
              .channel();
      Channel client =
          new Bootstrap()
              .group(group)
              .channel(transport.connected())
              .handler(new ClientPipeline())
              .connect(listening.localAddress())
              .sync()
              .channel();
      client
          .writeAndFlush(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/livez"))
          .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
      if (!client.closeFuture().await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("no answer over " + transport.connected().getSimpleName());
      }
    } finally {
      Future<?> ended = group.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
      ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  private static final class ServerPipeline extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      channel
          .pipeline()
          .addLast(new HttpServerCodec(), new HttpObjectAggregator(MOST_BODY_BYTES), new Answer());
    }
  }

  private static final class ClientPipeline extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      channel.pipeline().addLast(new HttpClientCodec());
    }
  }

  private static final class Answer extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      ByteBuf body = context.alloc().buffer().writeByte('\n');
      context
          .writeAndFlush(
              new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }
}

package dev.tenantgate.gateway.resource;

import dev.tenantgate.config.ListenSettings;
import dev.tenantgate.gateway.server.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.net.InetAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Clients that log in, send something, and read nothing any more. Where the system lets them, their
 * segments are so small that the kernels keep some 100 KiB for each instead of 3 MiB: the others
 * stay with the gateway.
 */
final class UnreadClients implements AutoCloseable {

  private static final IntegerUnixChannelOption SEGMENT =
      new IntegerUnixChannelOption("TCP_MAXSEG", 6, 2);

  private final EventLoopGroup loops =
      Transport.of(ListenSettings.Transport.AUTO).newEventLoops(1, "unread");

  /** Opens so many; they have all sent it then. */
  void open(int port, byte[] startup, int count, byte[] messages) {
    CountDownLatch sent = new CountDownLatch(count);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops)
            .channelFactory(Transport.of(ListenSettings.Transport.AUTO).tcp())
            .option(ChannelOption.SO_RCVBUF, 4_096);
    if (Epoll.isAvailable()) {
      bootstrap.option(SEGMENT, 536);
    }
    for (int i = 0; i < count; i++) {
      Channel client =
          bootstrap
              .handler(new LogsIn(messages, sent))
              .connect(InetAddress.getLoopbackAddress(), port)
              .syncUninterruptibly()
              .channel();
      client.writeAndFlush(Unpooled.wrappedBuffer(startup));
    }
    try {
      if (!sent.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException(sent.getCount() + " clients couldn't log in");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Reads up to the first ReadyForQuery. */
  private static final class LogsIn extends ChannelInboundHandlerAdapter {

    private static final byte[] READY = {'Z', 0, 0, 0, 5, 'I'};

    private final byte[] messages;
    private final CountDownLatch sent;
    private final ByteBuf read = Unpooled.buffer();

    LogsIn(byte[] messages, CountDownLatch sent) {
      this.messages = messages;
      this.sent = sent;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf part = (ByteBuf) message;
      read.writeBytes(part);
      part.release();
      int end = read.writerIndex() - READY.length;
      if (end >= 0 && Unpooled.wrappedBuffer(READY).equals(read.slice(end, READY.length))) {
        ctx.channel().config().setAutoRead(false);
        ctx.writeAndFlush(Unpooled.wrappedBuffer(messages));
        sent.countDown();
      }
    }
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}

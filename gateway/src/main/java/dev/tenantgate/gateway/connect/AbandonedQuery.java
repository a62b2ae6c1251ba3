package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.protocol.CancelKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;

/**
 * A query that was under way when its client left. The server goes on with it, as it does for a
 * client of its own, and the client's key stays good for it: a CancelRequest often comes behind the
 * end of the connection that it is about.
 *
 * <p>The connection is kept for as long, with its sending side closed: the server finds its end
 * where it would read the next message, and closes it. Its words are dropped; after some of them
 * the connection is closed, so that the server doesn't work for nobody. Thread-safe.
 */
public final class AbandonedQuery implements UnfinishedQuery {

  /** A server that still sends after this finds that nobody reads it. */
  private static final int MOST_BYTES = 64 * 1024;

  private final CancelKey key;
  private final Channel channel;
  private final CancelForwarder forwarder;

  private AbandonedQuery(CancelKey key, Channel channel, CancelForwarder forwarder) {
    this.key = key;
    this.channel = channel;
    this.forwarder = forwarder;
  }

  /**
   * Leaves a backend to its query. Called on its event loop; the connection needs no closing.
   *
   * @param key the server's own, for the query
   */
  public static AbandonedQuery leave(Channel channel, CancelKey key, CancelForwarder forwarder) {
    AbandonedQuery query = new AbandonedQuery(key, channel, forwarder);
    if (channel.isActive()) {
      channel.pipeline().addFirst(new Drain());
      channel.config().setAutoRead(true);
      lastBytes(channel).addListener((ChannelFuture written) -> closeSendingSide(channel));
    } else {
      channel.close();
    }
    return query;
  }

  /** Writes the rest; with TLS, so that the server can tell that this is all. */
  private static ChannelFuture lastBytes(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      return channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
    }
    channel.flush();
    return tls.closeOutbound();
  }

  private static void closeSendingSide(Channel channel) {
    if (channel.isActive()) {
      ((DuplexChannel) channel).shutdownOutput();
    }
  }

  @Override
  public void whenOver(Runnable task) {
    channel.closeFuture().addListener(closed -> task.run());
  }

  @Override
  public void cancel(Runnable done) {
    if (channel.isActive()) {
      forwarder.forward(channel, key, settled -> done.run());
    } else {
      done.run();
    }
  }

  /** Drops the server's words. */
  private static final class Drain extends ChannelInboundHandlerAdapter {

    private long bytes;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      bytes += message instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
      ReferenceCountUtil.release(message);
      if (bytes > MOST_BYTES) {
        ctx.close();
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {}

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {}

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}

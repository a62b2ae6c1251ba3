package dev.tenantgate.gateway.session;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that its peer gets what was written to it. Closing while bytes of the
 * peer's wait unread makes the kernel send a reset, which may overtake the last message; so the
 * sending side is closed first, and whatever the peer still says is dropped until it closes, too,
 * or its time is up. In the relay a backend is closed without a Terminate: the client may have left
 * in the middle of a message, which those five bytes would complete.
 */
final class LingeringClose extends ChannelInboundHandlerAdapter {

  /** For a peer that goes on talking after it was told that this is the end. */
  private static final long PEER_SECONDS = 5;

  /** For a peer that doesn't read what was written before. */
  private static final long FLUSH_SECONDS = 30;

  private LingeringClose() {}

  static void of(Channel channel) {
    if (!channel.isActive()) {
      channel.close();
      return;
    }
    channel.pipeline().addFirst(new LingeringClose());
    channel.config().setAutoRead(true);
    closeWithin(channel, FLUSH_SECONDS);
    lastBytes(channel)
        .addListener(
            (ChannelFuture written) -> {
              ((DuplexChannel) channel).shutdownOutput();
              closeWithin(channel, PEER_SECONDS);
            });
  }

  /** Writes what is left to be written; with TLS, so that the peer can tell that this is all. */
  private static ChannelFuture lastBytes(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      return channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
    }
    channel.flush();
    return tls.closeOutbound();
  }

  /** Closes the connection of a client that has said that it leaves: it says no more. */
  static void ofOneWhoLeft(Channel channel) {
    channel.flush();
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    if (pending == null || pending.isEmpty()) {
      channel.close();
    } else {
      afterFlush(channel);
    }
  }

  /**
   * Closes a connection whose peer's further words nobody wants, once what was written to it is
   * out.
   */
  static void afterFlush(Channel channel) {
    if (!channel.isActive()) {
      channel.close();
      return;
    }
    closeWithin(channel, FLUSH_SECONDS);
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  private static void closeWithin(Channel channel, long seconds) {
    if (channel.isActive()) {
      ScheduledFuture<?> timeout =
          channel.eventLoop().schedule(() -> channel.close(), seconds, TimeUnit.SECONDS);
      channel.closeFuture().addListener(closed -> timeout.cancel(false));
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {}

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}

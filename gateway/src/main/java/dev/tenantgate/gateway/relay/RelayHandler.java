package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * One direction of a relay: what its channel reads is written to the peer, whole and uncopied, and
 * flushed once per read batch. Reading stops while the peer can't take more and goes on when it
 * can; that is told by the peer's own handler.
 *
 * <p>Owns each buffer until it is handed to the peer's write, which releases it. Event-loop
 * confined.
 */
abstract class RelayHandler extends ChannelInboundHandlerAdapter {

  private final FrameCursor cursor;
  private final Channel peer;
  private long batchBytes;
  private boolean broken;

  RelayHandler(FrameCursor cursor, Channel peer) {
    this.cursor = cursor;
    this.peer = peer;
  }

  /** A read batch has been written and flushed. */
  abstract void batchEnds(long bytes);

  /** What came can't be a frame; it was not forwarded. */
  abstract void violated(ProtocolViolation violation);

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf buffer = (ByteBuf) message;
    int bytes = buffer.readableBytes();
    if (broken) {
      buffer.release();
      return;
    }
    try {
      cursor.advance(buffer);
    } catch (ProtocolViolation e) {
      broken = true;
      buffer.release();
      violated(e);
      return;
    }
    batchBytes += bytes;
    peer.write(buffer, peer.voidPromise());
    if (!peer.isWritable()) {
      peer.flush();
      if (!peer.isWritable()) {
        ctx.channel().config().setAutoRead(false);
      }
    }
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext ctx) {
    peer.flush();
    long bytes = batchBytes;
    batchBytes = 0;
    batchEnds(bytes);
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      peer.config().setAutoRead(true);
    }
  }

  /** A broken connection; that it ends is told by {@link #channelInactive}. */
  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}

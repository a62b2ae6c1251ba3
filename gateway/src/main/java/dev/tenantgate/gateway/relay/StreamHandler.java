package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.memory.OutboundMemory;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Feeds what its channel reads to a stream, which writes to the peer; the peer is flushed once per
 * read batch. Reading stops while the peer can't take more, and goes on when it can; that is told
 * by the peer's own handler. Event-loop confined.
 */
abstract class StreamHandler extends ChannelInboundHandlerAdapter {

  private final FrameStream stream;
  private final Channel peer;
  private final OutboundMemory outbound;
  private long batchBytes;
  private boolean broken;

  StreamHandler(FrameStream stream, Channel peer) {
    this.stream = stream;
    this.peer = peer;
    this.outbound = OutboundMemory.of(peer);
  }

  /** A read batch has been written and flushed. */
  abstract void batchEnds(long bytes);

  /** What came can't be a frame; it was not forwarded. */
  abstract void violated(ProtocolViolation violation);

  /** This channel or its peer may have become ready for more, or the other way round. */
  abstract void readinessChanged();

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf buffer = (ByteBuf) message;
    if (broken) {
      buffer.release();
      return;
    }
    batchBytes += buffer.readableBytes();
    try {
      stream.feed(buffer);
    } catch (ProtocolViolation e) {
      broken = true;
      violated(e);
      return;
    }
    if (!peer.isWritable()) {
      outbound.flush();
    }
    readinessChanged();
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext ctx) {
    outbound.flush();
    long bytes = batchBytes;
    batchBytes = 0;
    batchEnds(bytes);
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext ctx) {
    readinessChanged();
  }

  @Override
  public final void handlerRemoved(ChannelHandlerContext ctx) {
    stream.release();
  }

  /** A fault that isn't the connection's. That it ends is told by {@link #channelInactive}. */
  void broken(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    broken(ctx, cause);
  }
}

package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;

/** Brings what a client does to its {@link Relay}. Event-loop confined. */
final class FrontendHandler extends ChannelInboundHandlerAdapter {

  /** Behind a read of so many bytes it is asked whether there may be another. */
  private static final int LARGE_READ_BYTES = 8 * 1024;

  private final Relay relay;
  private final Requests requests;
  private final RelayListener listener;

  FrontendHandler(Relay relay, Requests requests, RelayListener listener) {
    this.relay = relay;
    this.requests = requests;
    this.listener = listener;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf buffer)) {
      ReferenceCountUtil.release(message);
      return;
    }
    boolean large = buffer.readableBytes() >= LARGE_READ_BYTES;
    try {
      requests.read(buffer);
      if (large) {
        relay.readOn();
      }
    } catch (ProtocolViolation e) {
      requests.close();
      relay.violated(e);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    relay.flushBoth();
    relay.activity().tellIfIdle(); // the last message may have needed no backend
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    relay.frontendWritable();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    listener.frontendClosed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      ctx.close(); // told by channelInactive
    } else {
      listener.broken(cause);
    }
  }
}

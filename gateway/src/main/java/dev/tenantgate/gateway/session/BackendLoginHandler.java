package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;

/** Brings what a backend does before the relay to its session's state. Event-loop confined. */
final class BackendLoginHandler extends ChannelInboundHandlerAdapter {

  /** The name of the decoder that comes with this handler. */
  static final String FRAMES = "login-frames";

  private final Session session;

  BackendLoginHandler(Session session) {
    this.session = session;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.pipeline().addBefore(ctx.name(), FRAMES, new LoginFrameDecoder());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    session.state().backendFrame((ByteBuf) message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    session.frontend().flush();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    session.state().backendClosed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Throwable reason =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    if (reason instanceof java.io.IOException) {
      ctx.close(); // told by channelInactive
    } else {
      session.failures().failed(reason);
    }
  }
}

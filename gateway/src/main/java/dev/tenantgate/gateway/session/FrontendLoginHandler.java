package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.startup.StartupPacket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/** Brings what a client does before the relay to its session's state. Event-loop confined. */
final class FrontendLoginHandler extends ChannelInboundHandlerAdapter {

  private final SessionServices services;
  private final FrontendTls tls;
  private @Nullable Session session;

  FrontendLoginHandler(SessionServices services, FrontendTls tls) {
    this.services = services;
    this.tls = tls;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    session = new Session(services, ctx.channel(), tls);
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (session == null) {
      ReferenceCountUtil.release(message);
    } else if (message instanceof StartupPacket packet) {
      session.state().startupPacket(packet);
    } else if (message instanceof ByteBuf frame) {
      session.state().frontendFrame(frame);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (session != null) {
      session.backend().flush();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (session != null && event instanceof SslHandshakeCompletionEvent end && !end.isSuccess()) {
      session.failures().tlsFailed(end.cause());
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (session != null) {
      session.state().frontendClosed();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (session == null) {
      ctx.close();
    } else {
      session
          .failures()
          .failed(
              cause instanceof DecoderException && cause.getCause() != null
                  ? cause.getCause()
                  : cause);
    }
  }
}

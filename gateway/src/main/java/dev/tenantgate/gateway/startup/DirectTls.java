package dev.tenantgate.gateway.startup;

import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Stands before everything else until a client's first byte has come: a ClientHello without an
 * SSLRequest before it (libpq's {@code sslnegotiation=direct}) begins TLS at once. Such a client
 * must name the protocol in ALPN, so that nobody can take a TLS client of another protocol here
 * (ALPACA). Event-loop confined.
 */
public final class DirectTls extends ChannelInboundHandlerAdapter {

  static final int TLS_HANDSHAKE = 0x16;

  private final FrontendTls tls;

  /** The beginning of a ClientHello, until there is room for its handshake. */
  private @Nullable ByteBuf held;

  public DirectTls(FrontendTls tls) {
    this.tls = tls;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (!bytes.isReadable()) {
      bytes.release();
      return;
    }
    if (held != null) {
      held = Unpooled.wrappedBuffer(held, bytes);
    } else if (bytes.getByte(bytes.readerIndex()) == TLS_HANDSHAKE) {
      held = bytes;
      tls.begin(ctx.channel(), handler -> begun(ctx, handler));
    } else {
      ctx.pipeline().remove(this);
      ctx.fireChannelRead(message);
    }
  }

  private void begun(ChannelHandlerContext ctx, SslHandler handler) {
    handler.handshakeFuture().addListener(done -> handshakeDone(ctx, handler, done));
    ByteBuf hello = held;
    held = null;
    ctx.pipeline().remove(this);
    if (hello != null) {
      ctx.channel().pipeline().fireChannelRead(hello).fireChannelReadComplete();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (held != null) {
      held.release();
      held = null;
    }
  }

  private static void handshakeDone(
      ChannelHandlerContext ctx, SslHandler handler, Future<?> handshake) {
    if (handshake.isSuccess()
        && !FrontendTls.APPLICATION_PROTOCOL.equals(handler.applicationProtocol())) {
      ctx.channel()
          .pipeline()
          .fireExceptionCaught(
              new ProtocolViolation(
                  "direct TLS without the application protocol \"postgresql\" (ALPN)"));
    }
  }
}

package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.connect.ConnectFailure.TlsRefused;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;

/**
 * Asks a backend for TLS before anything else is said to it. Its answer is one byte; whatever
 * stands behind that byte before the handshake was put there by somebody in the middle and ends the
 * connection (CVE-2021-23222).
 */
final class TlsNegotiation extends ChannelInboundHandlerAdapter {

  private static final int SSL_REQUEST = 80877103;

  private final BackendTls tls;
  private final Server server;
  private final Listener listener;
  private boolean settled;

  /** The party that waits for the outcome; told once. */
  interface Listener {

    void backendConnected(Channel backend, boolean encrypted);

    void failed(Throwable cause);
  }

  TlsNegotiation(Server server, Listener listener) {
    this.tls = server.tls();
    this.server = server;
    this.listener = listener;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(ctx.alloc().buffer(8).writeInt(8).writeInt(SSL_REQUEST));
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    byte answer;
    int bytes;
    try {
      ByteBuf in = (ByteBuf) message;
      bytes = in.readableBytes();
      answer = bytes == 0 ? 0 : in.readByte();
    } finally {
      ReferenceCountUtil.release(message);
    }
    if (bytes == 0) {
      return;
    }
    if (bytes > 1) {
      fail(ctx, new ProtocolViolation("received unencrypted data after the SSL response"));
    } else if (answer == 'S') {
      handshake(ctx);
    } else if (answer == 'N' && !tls.required()) {
      succeed(ctx, false);
    } else {
      fail(ctx, new TlsRefused("The server doesn't support TLS, which database.url requires."));
    }
  }

  private void handshake(ChannelHandlerContext ctx) {
    SslHandler handler =
        tls.context().newHandler(ctx.alloc(), server.host().host(), server.host().port());
    handler.setHandshakeTimeoutMillis(0); // connecting as a whole has its limit
    handler.handshakeFuture().addListener((Future<Channel> done) -> handshakeDone(ctx, done));
    ctx.pipeline().addFirst(handler);
  }

  private void handshakeDone(ChannelHandlerContext ctx, Future<Channel> done) {
    if (done.isSuccess()) {
      succeed(ctx, true);
    } else {
      fail(ctx, done.cause());
    }
  }

  private void succeed(ChannelHandlerContext ctx, boolean encrypted) {
    settled = true;
    ctx.pipeline().remove(this);
    listener.backendConnected(ctx.channel(), encrypted);
  }

  private void fail(ChannelHandlerContext ctx, Throwable cause) {
    if (!settled) {
      settled = true;
      ctx.close();
      listener.failed(cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(ctx, new IOException("the server closed the connection while TLS was negotiated"));
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(ctx, cause);
  }
}

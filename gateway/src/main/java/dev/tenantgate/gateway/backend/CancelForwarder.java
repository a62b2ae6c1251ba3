package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.startup.CancelRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a CancelRequest to the server, on a connection of its own (section "Canceling Requests in
 * Progress"). The server answers nothing; its closing the connection says that the signal was sent.
 * Thread-safe.
 */
public final class CancelForwarder {

  private static final Logger log = LoggerFactory.getLogger(CancelForwarder.class);
  private static final long TIMEOUT_SECONDS = 10;

  private final BackendConnector connector;

  public CancelForwarder(BackendConnector connector) {
    this.connector = connector;
  }

  /** Sends the request; {@code done} runs once, when the server has taken it or can't be asked. */
  public void forward(EventLoop eventLoop, CancelKey key, Runnable done) {
    Exchange exchange = new Exchange(key);
    Channel channel = connector.connect(eventLoop, exchange, exchange);
    channel.closeFuture().addListener(closed -> done.run());
    var timeout = eventLoop.schedule(() -> channel.close(), TIMEOUT_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> timeout.cancel(false));
  }

  private static final class Exchange extends ChannelInboundHandlerAdapter
      implements BackendConnector.Listener {

    private final CancelKey key;

    Exchange(CancelKey key) {
      this.key = key;
    }

    @Override
    public void backendConnected(Channel backend, boolean encrypted) {
      backend.writeAndFlush(new CancelRequest(key).encode(backend.alloc()));
    }

    @Override
    public void backendUnreachable(Throwable cause) {
      log.atWarn().addKeyValue("error", cause.toString()).log("cancel request not delivered");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}

package dev.tenantgate.gateway.admin;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives each request a time to come in, from its first byte to its last; a connection on which it
 * takes longer is closed. So is one on which nothing comes for long. Event-loop confined.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {

  private static final long ARRIVAL_SECONDS = 10;
  private static final long IDLE_SECONDS = 60;

  private final long arrivalMillis;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean arriving;

  RequestDeadline() {
    this(TimeUnit.SECONDS.toMillis(ARRIVAL_SECONDS));
  }

  RequestDeadline(long arrivalMillis) {
    this.arrivalMillis = arrivalMillis;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    // A client that connects has something to ask.
    closeIn(ctx, arrivalMillis);
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!arriving) {
      arriving = true;
      closeIn(ctx, arrivalMillis);
    }
    ctx.fireChannelRead(message);
  }

  /** A request is whole; its answer has deadlines of its own. */
  void arrived() {
    arriving = true;
    cancel();
  }

  /** The answer is out: the next request may take its time to begin. */
  void answered(ChannelHandlerContext ctx) {
    arriving = false;
    closeIn(ctx, TimeUnit.SECONDS.toMillis(IDLE_SECONDS));
  }

  private void closeIn(ChannelHandlerContext ctx, long millis) {
    cancel();
    deadline = ctx.executor().schedule(() -> ctx.channel().close(), millis, TimeUnit.MILLISECONDS);
  }

  private void cancel() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    cancel();
    ctx.fireChannelInactive();
  }
}

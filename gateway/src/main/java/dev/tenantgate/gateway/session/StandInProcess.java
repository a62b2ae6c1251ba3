package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.pool.BackendOpener;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrameWalker;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * A connection of a client's user that waits for the signal which another client sends to that
 * client's process. So the server itself decides who may send one, and answers as it does for its
 * own processes; what it does to this connection is done to the client's. Event-loop confined.
 */
final class StandInProcess extends ChannelInboundHandlerAdapter {

  /**
   * The signal comes with the next statement of who asked, or never. A signal to cancel is lost on
   * a process that runs nothing yet: this one says when it does, for an INFO is sent at once.
   */
  private static final String WAIT =
      "SET statement_timeout TO 0;"
          + " DO $$ BEGIN RAISE INFO 'waits'; PERFORM pg_catalog.pg_sleep(20); END $$";

  private final Session client;
  private final int processId;
  private final IntConsumer standIn;
  private final Walker walker;
  private boolean answered;
  private boolean over;
  private boolean ready;

  private StandInProcess(
      Session client, int processId, IntConsumer standIn, ByteBufAllocator allocator) {
    this.client = client;
    this.processId = processId;
    this.standIn = standIn;
    this.walker = new Walker(allocator);
  }

  static void open(
      PoolServices pools, EventLoop loop, PoolKey key, Session client, IntConsumer standIn) {
    pools.open(
        loop,
        key,
        new BackendOpener.Listener() {
          @Override
          public void opened(LoggedInBackend backend, List<byte[]> notices) {
            Channel channel = backend.channel();
            CancelKey own = backend.cancelKey();
            int processId = own == null ? 0 : own.processId();
            channel
                .pipeline()
                .addLast(new StandInProcess(client, processId, standIn, channel.alloc()));
            channel.config().setAutoRead(true);
            channel.writeAndFlush(FrontendMessage.query(channel.alloc(), WAIT));
          }

          @Override
          public void failed(Report report) {
            standIn.accept(0); // the server says that it knows no such process
          }
        });
  }

  private final class Walker extends FrameWalker {

    Walker(ByteBufAllocator allocator) {
      super(allocator);
    }

    @Override
    protected int wantedBytes(byte type, int bodyBytes) {
      return type == BackendMessage.ERROR_RESPONSE ? Math.min(bodyBytes, 8192) : 0;
    }

    @Override
    protected int frame(byte type, ByteBuf in, int at, int bodyBytes) {
      if (type == BackendMessage.NOTICE_RESPONSE) {
        answer(processId);
      } else if (type == BackendMessage.ERROR_RESPONSE && !answered) {
        over = true;
        answer(0);
      } else if (type == BackendMessage.ERROR_RESPONSE && !over) {
        over = true;
        Report said = Report.decode(in.slice(at + 5, Math.min(bodyBytes, 8192)));
        if (said.is(SqlState.QUERY_CANCELED)) {
          client.cancel(() -> {});
        } else {
          client.terminate(said);
        }
      }
      ready |= type == BackendMessage.READY_FOR_QUERY;
      return DROP;
    }

    @Override
    protected void emit(ByteBuf run) {
      run.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf buffer)) {
      ReferenceCountUtil.release(message);
      return;
    }
    walker.read(buffer);
    if (ready) {
      over = true;
      ctx.writeAndFlush(FrontendMessage.terminate(ctx.alloc()))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void answer(int found) {
    if (!answered) {
      answered = true;
      standIn.accept(found);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    walker.close();
    answer(0);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}

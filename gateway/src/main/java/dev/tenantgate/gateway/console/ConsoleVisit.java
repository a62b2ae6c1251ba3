package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.memory.OutboundMemory;
import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.session.ConsoleEntry.Visit;
import dev.tenantgate.gateway.session.ConsoleEntry.Visitor;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client of the console: its messages one after the other, each when the one before it is
 * answered. Idle it keeps nothing but its socket. Event-loop confined.
 */
final class ConsoleVisit extends ChannelInboundHandlerAdapter implements Visit {

  /** So much may wait to be looked at; then the client isn't read. */
  private static final int MOST_AHEAD_BYTES = ConsoleFrames.MOST_BYTES;

  private final Visitor visitor;
  private final Channel channel;
  private final OutboundMemory outbound;
  private final Commands commands;
  private final SimpleQuery simple;
  private final ExtendedQuery extended;
  private final Deque<ByteBuf> ahead = new ArrayDeque<>();
  private int aheadBytes;

  /** The command that is being carried out; null if none is. */
  private @Nullable CompletableFuture<Answer> running;

  private @Nullable RowStream stream;
  private boolean inBlock;
  private boolean pumping;
  private boolean left;

  ConsoleVisit(Visitor visitor, Commands commands) {
    this.visitor = visitor;
    this.channel = visitor.channel();
    this.outbound = OutboundMemory.of(channel);
    this.commands = commands;
    this.simple = new SimpleQuery(this);
    this.extended = new ExtendedQuery(this);
  }

  @Override
  public List<ChannelHandler> handlers() {
    return List.of(new ConsoleFrames(), this);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ByteBuf out = channel.alloc().buffer(512);
    ServerParameters.write(out, visitor.user(), visitor.mayCommand());
    ResultWriter.ready(out, 'I');
    write(out);
    outbound.flush();
  }

  // ---- what the client sends

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf frame = (ByteBuf) message;
    if (left) {
      frame.release();
      return;
    }
    ahead.add(frame);
    aheadBytes += frame.readableBytes();
    goOn();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      channel
          .eventLoop()
          .execute(
              () -> {
                RowStream current = stream;
                if (current != null) {
                  current.goOn();
                }
              });
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    visitor.ends().closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    visitor
        .ends()
        .failed(
            cause instanceof DecoderException && cause.getCause() != null
                ? cause.getCause()
                : cause);
  }

  /** Looks at the messages that wait, one after the other. */
  void goOn() {
    if (pumping) {
      return;
    }
    pumping = true;
    try {
      while (!left && running == null && stream == null && !simple.isUnderWay()) {
        ByteBuf frame = ahead.poll();
        if (frame == null) {
          break;
        }
        aheadBytes -= frame.readableBytes();
        try {
          take(frame);
        } finally {
          frame.release();
        }
      }
    } finally {
      pumping = false;
    }
    if (!left) {
      channel.config().setAutoRead(aheadBytes < MOST_AHEAD_BYTES);
      outbound.flush();
    }
  }

  private void take(ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    ByteBuf body = frame.slice().skipBytes(5);
    switch (type) {
      case FrontendMessage.QUERY -> {
        if (!extended.isSkipping()) {
          simple.query(body);
        }
      }
      case FrontendMessage.TERMINATE -> visitor.ends().terminated();
      case 'd', 'c', 'f' -> {} // copied data that is on its way behind an error
      default -> {
        if (!extended.take(type, body)) {
          throw new ProtocolViolation(
              "unexpected message of type %s".formatted(FrameCursor.describe(type)));
        }
      }
    }
  }

  // ---- what is done for it

  Channel channel() {
    return channel;
  }

  /** Whether the client has begun a transaction, as far as it knows. */
  boolean isInBlock() {
    return inBlock;
  }

  /** Writes a message, or several. */
  void write(ByteBuf message) {
    channel.write(message, channel.voidPromise());
  }

  void write(Report report) {
    write(report.encode(channel.alloc()));
  }

  /** Tells the client that it may go on. */
  void ready() {
    ByteBuf out = channel.alloc().buffer(6);
    ResultWriter.ready(out, inBlock ? 'T' : 'I');
    write(out);
  }

  /**
   * Carries a command out.
   *
   * @param answered told the answer, at once perhaps, unless the client leaves
   * @param refused told why there is none
   */
  void run(Command command, Consumer<Answer> answered, Consumer<Report> refused) {
    if (!visitor.mayCommand() && !command.isHarmless()) {
      refused.accept(
          Report.error(SqlState.INSUFFICIENT_PRIVILEGE, "admin access needed")
              .withHint("Users who may do that are those of admin.users."));
      return;
    }
    if (command instanceof Command.Ignored ignored && ignored.block() != null) {
      inBlock = ignored.block();
    }
    CompletableFuture<Answer> future = commands.run(command);
    if (future.isDone()) {
      tell(future, answered, refused);
      return;
    }
    running = future;
    future.whenCompleteAsync(
        (answer, failure) -> {
          if (running == future) {
            running = null;
            tell(future, answered, refused);
            goOn();
          }
        },
        channel.eventLoop());
  }

  private static void tell(
      CompletableFuture<Answer> future, Consumer<Answer> answered, Consumer<Report> refused) {
    Answer answer;
    try {
      answer = future.join();
    } catch (CancellationException e) {
      refused.accept(
          Report.error(SqlState.QUERY_CANCELED, "canceling statement due to user request"));
      return;
    } catch (CompletionException e) {
      if (e.getCause() instanceof ConsoleException refusal) {
        refused.accept(refusal.report());
        return;
      }
      throw e;
    }
    answered.accept(answer);
  }

  /** Told once rows are sent; whether there are no more. */
  @FunctionalInterface
  interface Sent {
    void sent(boolean complete);
  }

  /** Sends rows; the end is told when all are written. */
  void send(Table table, short[] formats, long most, Sent end) {
    RowStream next =
        new RowStream(
            channel,
            table,
            formats,
            most,
            new RowStream.End() {
              @Override
              public void streamed(boolean complete) {
                stream = null;
                end.sent(complete);
                goOn();
              }

              @Override
              public void failed(RuntimeException cause) {
                stream = null;
                visitor.ends().failed(cause);
              }
            });
    stream = next;
    next.goOn();
  }

  // ---- its end

  @Override
  public void cancel() {
    CompletableFuture<Answer> current = running;
    if (current != null) {
      current.cancel(false);
    }
  }

  @Override
  public void left() {
    left = true;
    RowStream current = stream;
    if (current != null) {
      current.abandon();
      stream = null;
    }
    CompletableFuture<Answer> waited = running;
    running = null;
    if (waited != null) {
      waited.cancel(false);
    }
    ahead.forEach(ReferenceCountUtil::release);
    ahead.clear();
  }
}

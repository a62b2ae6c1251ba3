package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.backend.Reply.Exchange;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.backend.Reply.Refusal;
import dev.tenantgate.gateway.backend.Reply.Unnamed;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.FrameWalker;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.protocol.TransactionStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages that one backend sends, compared with those that it owes. Answers to messages of the
 * gateway's own are taken out, all others go to the holder of the lease. Rows and copied data are
 * passed over.
 *
 * <p>After an error the server skips to the next Sync, so that what was owed up to there never
 * comes; the ReadyForQuery tells. Event-loop confined.
 */
final class BackendReplies extends FrameWalker {

  /** The most that is read of a message of which something is wanted. */
  private static final int MOST_BYTES = 64 * 1024;

  /** A row that answers a question of the gateway's, or a parameter's value, is read up to here. */
  private static final int MOST_VALUE_BYTES = 1 << 20;

  private final PooledBackend backend;
  private final ReplyQueue owed;
  private final StatementReplies statements;
  private final ByteBufAllocator allocator;
  private final SuppressedReplies untold;
  private final AccompanyingReplies accompanying;
  private final NotificationReplies notifications;

  /** The replies that the server has skipped, the last first; empty but for a moment. */
  private final Deque<Reply> dropped = new ArrayDeque<>(0);

  private final CopiedData copied = new CopiedData();
  private boolean lastWasError;

  /** A message of the extended protocol has failed: the server skips all up to the Sync. */
  private boolean skipsToSync;

  private byte status = TransactionStatus.IDLE.code();
  private boolean broken;

  BackendReplies(
      PooledBackend backend,
      ReplyQueue owed,
      BackendStatements statements,
      ByteBufAllocator allocator) {
    super(allocator);
    this.backend = backend;
    this.owed = owed;
    this.statements = new StatementReplies(backend, owed, statements);
    this.allocator = allocator;
    this.untold = new SuppressedReplies(owed);
    this.accompanying = new AccompanyingReplies(owed, untold);
    this.notifications = new NotificationReplies(backend, this);
  }

  /** Whether the last thing that the server said was an error. */
  boolean endIsExplained() {
    return lastWasError;
  }

  /** The server doesn't keep to the protocol: nothing it says is passed on any more. */
  void breakOff() {
    broken = true;
    close();
  }

  boolean isBroken() {
    return broken;
  }

  boolean isIdle() {
    return status == TransactionStatus.IDLE.code();
  }

  boolean isFailed() {
    return status == TransactionStatus.FAILED.code();
  }

  /** Whether the server skips what is sent now, up to a Sync that hasn't been sent yet. */
  boolean isSkipping() {
    return skipsToSync && !owed.hasSync();
  }

  /** The copied data that the server takes. */
  CopiedData copied() {
    return copied;
  }

  @Override
  protected int wantedBytes(byte type, int bodyBytes) {
    return switch (type) {
      case BackendMessage.READY_FOR_QUERY -> {
        if (bodyBytes != 1) {
          throw new ProtocolViolation("a ReadyForQuery of %d bytes".formatted(bodyBytes));
        }
        yield 1;
      }
      case BackendMessage.PARAMETER_STATUS -> Math.min(MOST_VALUE_BYTES, bodyBytes);
      case BackendMessage.DATA_ROW ->
          owed.peek() instanceof Exchange ? Math.min(MOST_VALUE_BYTES, bodyBytes) : 0;
      case BackendMessage.ERROR_RESPONSE -> Math.min(MOST_BYTES, bodyBytes);
      case BackendMessage.NOTICE_RESPONSE ->
          statements.preparesUnseen() ? Math.min(MOST_BYTES, bodyBytes) : 0;
      case BackendMessage.NOTIFICATION_RESPONSE -> notifications.wantedBytes(bodyBytes);
      case BackendMessage.COMMAND_COMPLETE ->
          accompanying.areForgettingsDue()
              ? Math.min(Reply.Forgetting.By.MOST_BYTES, bodyBytes)
              : 0;
      case BackendMessage.PARAMETER_DESCRIPTION,
          BackendMessage.ROW_DESCRIPTION,
          BackendMessage.NO_DATA -> {
        accompanying.take();
        yield statements.wantedBytes(type, bodyBytes);
      }
      default -> 0;
    };
  }

  @Override
  protected int frame(byte type, ByteBuf in, int at, int bodyBytes) {
    LeaseHolder holder = backend.lessee();
    accompanying.take();
    if (type == BackendMessage.NOTIFICATION_RESPONSE) {
      return notifications.take(holder, in, at, bodyBytes);
    }
    if (owed.peek() instanceof Exchange exchange) {
      lastWasError = false; // or one that nobody is told
      return duringExchange(exchange, type, in, at, bodyBytes);
    }
    lastWasError = type == BackendMessage.ERROR_RESPONSE;
    if (holder == null || untold.include(type)) {
      if (type == BackendMessage.PARAMETER_STATUS) {
        parameter(in, at, bodyBytes, backend.settings()::reports);
      } else if (holder == null) {
        whileIdle(type, in, at, bodyBytes);
      }
      return DROP;
    }
    return toHolder(holder, type, in, at, bodyBytes);
  }

  /** Rows and copied data come in great numbers, and nothing changes between one and the next. */
  @Override
  protected boolean repeats(byte type) {
    return type == BackendMessage.DATA_ROW || type == BackendMessage.COPY_DATA;
  }

  /** A frame that is the lessee's; what becomes of it. */
  private int toHolder(LeaseHolder holder, byte type, ByteBuf in, int at, int bodyBytes) {
    return switch (type) {
      case BackendMessage.DATA_ROW -> FORWARD;
      case BackendMessage.READY_FOR_QUERY -> ready(holder, in.getByte(at + 5));
      case BackendMessage.ERROR_RESPONSE -> error(holder, in, at, bodyBytes);
      case BackendMessage.BIND_COMPLETE,
          BackendMessage.PARSE_COMPLETE,
          BackendMessage.CLOSE_COMPLETE ->
          statements.complete(type);
      case BackendMessage.PARAMETER_DESCRIPTION -> statements.parameters(in, at, bodyBytes);
      case BackendMessage.NOTICE_RESPONSE ->
          statements.preparesUnseen() && StatementReplies.isOfParse(in, at, bodyBytes)
              ? DROP
              : FORWARD;
      case BackendMessage.ROW_DESCRIPTION, BackendMessage.NO_DATA ->
          statements.columns(type, in, at, bodyBytes);
      case BackendMessage.COMMAND_COMPLETE -> {
        accompanying.complete(in, at + 5, bodyBytes);
        yield executed();
      }
      case BackendMessage.EMPTY_QUERY_RESPONSE, BackendMessage.PORTAL_SUSPENDED -> executed();
      case BackendMessage.COPY_IN_RESPONSE -> copyIn(holder);
      case BackendMessage.COPY_BOTH_RESPONSE -> {
        copied.begins(true);
        yield FORWARD;
      }
      case BackendMessage.PARAMETER_STATUS -> {
        parameter(
            in,
            at,
            bodyBytes,
            (name, value) -> holder.reported(name, value, backend.settings().reports(name, value)));
        yield FORWARD;
      }
      default -> FORWARD;
    };
  }

  /**
   * A server may say by itself that it ends, or something to the user. Any other message answers
   * something that nobody knows of, and so might the next.
   */
  private void whileIdle(byte type, ByteBuf in, int at, int bodyBytes) {
    if (lastWasError) {
      backend.saidWhileIdle(Report.decode(body(in, at, bodyBytes)));
    } else if (type != BackendMessage.NOTICE_RESPONSE) {
      throw new ProtocolViolation(
          "unexpected message of type %s from an idle backend"
              .formatted(FrameCursor.describe(type)));
    }
  }

  @Override
  protected void emit(ByteBuf run) {
    LeaseHolder holder = backend.lessee();
    if (holder == null) {
      run.release();
    } else {
      holder.fromBackend(run);
    }
  }

  private int duringExchange(Exchange exchange, byte type, ByteBuf in, int at, int bodyBytes) {
    switch (type) {
      case BackendMessage.READY_FOR_QUERY -> {
        if (exchange.ready()) {
          owed.poll();
          emitBefore(); // for whoever has the lease now
          exchange.done();
          answered();
        }
      }
      case BackendMessage.DATA_ROW -> {
        if (bodyBytes <= MOST_VALUE_BYTES) {
          exchange.row(in, at + 5);
        } else {
          exchange.longRow(in, at + 5);
        }
      }
      case BackendMessage.ERROR_RESPONSE -> exchange.error(Report.decode(body(in, at, bodyBytes)));
      case BackendMessage.PARAMETER_STATUS -> {
        String path = backend.settings().reportsWantedPath(in, at + 5, bodyBytes);
        if (path != null) {
          exchange.parameter("search_path", path);
        } else {
          parameter(
              in,
              at,
              bodyBytes,
              (name, value) -> {
                backend.settings().reports(name, value);
                exchange.parameter(name, value);
              });
        }
      }
      default -> {}
    }
    return DROP;
  }

  /** The holder of the lease may wait until nothing is owed. */
  private void answered() {
    LeaseHolder holder = backend.lessee();
    if (holder != null && owed.isEmpty()) {
      holder.answered();
    }
  }

  private int ready(LeaseHolder holder, byte newStatus) {
    boolean told = undoSkipped() != Plain.ANSWERED_READY;
    untold.end();
    skipsToSync = false;
    boolean settled = owed.isSettled();
    copied.isReady(settled);
    status = newStatus;
    boolean ended = isIdle();
    if (!told) {
      emitBefore();
      holder.ready(ended);
      return DROP; // a BEGIN is among those: the transaction goes on
    }
    boolean withheld = holder.withholds();
    if (withheld) {
      emitThrough();
    }
    holder.ready(ended);
    if (!ended || !owed.isSettled()) {
      return withheld ? EMITTED : FORWARD;
    }
    if (!withheld && holder.keepsReady()) {
      emitBefore();
      holder.settled();
      return DROP;
    }
    emitThrough();
    holder.settled();
    return EMITTED;
  }

  /**
   * All that the server hasn't said to be done by its ReadyForQuery hasn't been done: the last is
   * undone first, so that what is put back is what was there before all of them.
   *
   * @return the one that it answers; null for none
   */
  private @Nullable Reply undoSkipped() {
    Reply reply = owed.poll();
    while (reply != null
        && reply != Plain.SYNC_READY
        && reply != Plain.SYNC_BEHIND_COPY
        && (skipsToSync || (reply != Plain.QUERY_READY && reply != Plain.ANSWERED_READY))) {
      dropped.push(reply);
      reply = owed.poll();
    }
    while (!dropped.isEmpty()) {
      statements.undo(dropped.pop());
    }
    accompanying.undo();
    return reply;
  }

  private int executed() {
    if (owed.peek() == Plain.EXECUTE) {
      owed.poll();
    }
    return FORWARD;
  }

  private int error(LeaseHolder holder, ByteBuf in, int at, int bodyBytes) {
    Reply failed = owed.peek();
    if (failed == null
        && isIdle()
        && holder.keepsLastWords(Report.decode(body(in, at, bodyBytes)))) {
      return DROP;
    }
    skipsToSync |= statements.isDescribing() || (failed != null && failed.isOfBatch());
    statements.failed(in, at, bodyBytes);
    copied.fails();
    holder.errored();
    if (holder.wantsErrors()) {
      holder.errored(
          failed instanceof Refusal refusal
              ? refusal.report().sqlState()
              : Report.decode(body(in, at, bodyBytes)).sqlState());
    }
    if (failed instanceof Refusal refusal) {
      owed.poll();
      return instead(holder, refusal.report().encode(allocator));
    }
    if (failed instanceof Unnamed unnamed) {
      owed.poll();
      unnamed.failed();
    }
    Report reason = holder.cancelReason();
    if (reason != null && Report.decode(body(in, at, bodyBytes)).is(SqlState.QUERY_CANCELED)) {
      return instead(holder, reason.encode(allocator));
    }
    ByteBuf renamed =
        failed instanceof BackendStatement bound
            ? bound.errorForClient(body(in, at, bodyBytes), bodyBytes, allocator)
            : null;
    return renamed == null ? FORWARD : instead(holder, renamed);
  }

  /** The holder gets this message in the place of the one at hand. */
  private int instead(LeaseHolder holder, ByteBuf message) {
    emitBefore();
    holder.fromBackend(message);
    return DROP;
  }

  /** While it takes copied data, the server passes over every Sync that has come before its end. */
  private int copyIn(LeaseHolder holder) {
    copied.begins(false);
    owed.dropSyncs();
    holder.copyBegins();
    return FORWARD;
  }

  private static ByteBuf body(ByteBuf in, int at, int bodyBytes) {
    return in.slice(at + 5, Math.min(MOST_BYTES, bodyBytes));
  }

  private void parameter(ByteBuf in, int at, int bodyBytes, BiConsumer<String, String> reported) {
    LeaseHolder holder = backend.lessee();
    ReportedParameter read =
        ReportedParameter.read(
            in.slice(at + 5, Math.min(MOST_VALUE_BYTES, bodyBytes)),
            holder == null ? StandardCharsets.UTF_8 : holder.charset());
    if (read != null) {
      reported.accept(read.name(), read.value());
    }
  }
}

package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.BackendMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What a backend sends: counts completions, notes errors, reports and ReadyForQuery, and puts our
 * own error in the place of one that a {@link RefusedMessage} has provoked. Rows and COPY data go
 * by unseen. An answer to a question of our own ({@link #expectAnswer}) isn't passed on.
 *
 * <p>Event-loop confined.
 */
abstract class BackendStream extends FrameStream {

  /** Longer messages of their kinds say nothing that matters here. */
  private static final int MAX_BYTES = 64 * 1024;

  private final ByteBufAllocator allocator;
  private final StatementLedger ledger;
  private final ServerReports reports;
  private final Queue<RefusedMessage> standIns = new ArrayDeque<>();
  private boolean searchPathReported;
  private boolean answering;
  private @Nullable String answer;
  private @Nullable RefusedMessage replaced;

  BackendStream(ByteBufAllocator allocator, StatementLedger ledger, ServerReports reports) {
    super(allocator);
    this.allocator = allocator;
    this.ledger = ledger;
    this.reports = reports;
  }

  /**
   * An exchange is answered; the ReadyForQuery that says so waits.
   *
   * @param reported whether the server has said where the session is now
   */
  abstract Fate ready(boolean reported);

  /** A question of our own is answered; null if it failed. */
  abstract void answered(@Nullable String value);

  /** The server waits for copied data. */
  abstract void copyBegins();

  /** A DataRow goes by. */
  abstract void row();

  /** A message was sent that stands in for another. */
  void expect(RefusedMessage standIn) {
    standIns.add(standIn);
  }

  /** A Query of our own was sent; its answer is one value. */
  void expectAnswer() {
    answering = true;
    answer = null;
  }

  boolean isAnswering() {
    return answering;
  }

  @Override
  final int wanted(byte type, int bodyBytes) {
    if (answering && isPartOfAnswer(type)) {
      return bodyBytes <= MAX_BYTES ? Math.max(1, bodyBytes) : 0;
    }
    switch (type) {
      case BackendMessage.COMMAND_COMPLETE,
          BackendMessage.EMPTY_QUERY_RESPONSE,
          BackendMessage.PORTAL_SUSPENDED ->
          ledger.completed();
      case BackendMessage.ERROR_RESPONSE -> {
        if (!standIns.isEmpty() && bodyBytes <= MAX_BYTES) {
          return Math.max(1, bodyBytes);
        }
        ledger.error();
      }
      case BackendMessage.PARAMETER_STATUS -> {
        ledger.other();
        return bodyBytes <= MAX_BYTES ? bodyBytes : 0;
      }
      case BackendMessage.READY_FOR_QUERY -> {
        return 1;
      }
      case BackendMessage.PARSE_COMPLETE,
          BackendMessage.BIND_COMPLETE,
          BackendMessage.CLOSE_COMPLETE,
          BackendMessage.NO_DATA,
          BackendMessage.ROW_DESCRIPTION ->
          ledger.answeredMessage();
      case BackendMessage.DATA_ROW -> {
        ledger.other();
        row();
      }
      case BackendMessage.COPY_IN_RESPONSE -> {
        ledger.copyBegins();
        copyBegins();
      }
      case BackendMessage.COPY_BOTH_RESPONSE -> ledger.streamBegins();
      default -> ledger.other();
    }
    return 0;
  }

  private static boolean isPartOfAnswer(byte type) {
    return type == BackendMessage.PARSE_COMPLETE
        || type == BackendMessage.BIND_COMPLETE
        || type == BackendMessage.CLOSE_COMPLETE
        || type == BackendMessage.DATA_ROW
        || type == BackendMessage.COMMAND_COMPLETE
        || type == BackendMessage.ERROR_RESPONSE
        || type == BackendMessage.READY_FOR_QUERY;
  }

  @Override
  final Fate look(byte type, ByteBuf buffer, int body, int bodyBytes) {
    if (answering && isPartOfAnswer(type)) {
      if (type == BackendMessage.DATA_ROW) {
        answer = onlyColumn(buffer, body, bodyBytes);
      }
      return Fate.DROP;
    }
    return switch (type) {
      case BackendMessage.ERROR_RESPONSE -> error(buffer, body, bodyBytes);
      case BackendMessage.PARAMETER_STATUS -> {
        searchPathReported |= reports.note(buffer, body, bodyBytes);
        yield Fate.PASS;
      }
      case BackendMessage.READY_FOR_QUERY ->
          bodyBytes == 1 ? ready(buffer.getByte(body)) : Fate.PASS;
      default -> Fate.PASS;
    };
  }

  private Fate error(ByteBuf buffer, int body, int bodyBytes) {
    ledger.error();
    for (RefusedMessage standIn : standIns) {
      if (standIn.isMeantBy(buffer, body, bodyBytes)) {
        replaced = standIn;
        standIns.remove(standIn);
        return Fate.DROP;
      }
    }
    return Fate.PASS;
  }

  private Fate ready(byte status) {
    if (!standIns.isEmpty()) {
      ledger.ready(status);
      long next = ledger.answering();
      standIns.removeIf(standIn -> standIn.exchange() < next);
    } else {
      ledger.ready(status);
    }
    boolean reported = searchPathReported;
    searchPathReported = false;
    return ready(reported);
  }

  /** An error of ours takes the dropped one's place; of an answer the last part tells. */
  @Override
  final void dropped(byte type) {
    if (replaced != null) {
      pass(replaced.report().encode(allocator));
      replaced = null;
    } else if (answering && type == BackendMessage.READY_FOR_QUERY) {
      answering = false;
      answered(answer);
    }
  }

  private @Nullable String onlyColumn(ByteBuf buffer, int body, int bodyBytes) {
    if (bodyBytes < 6 || buffer.getShort(body) != 1) {
      return null;
    }
    int bytes = buffer.getInt(body + 2);
    return bytes < 0 || bytes > bodyBytes - 6
        ? null
        : buffer.toString(body + 6, bytes, reports.rules().encoding().charset());
  }
}

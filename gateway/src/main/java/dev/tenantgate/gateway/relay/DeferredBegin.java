package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.protocol.TransactionStatus;
import dev.tenantgate.gateway.scan.DeferrableText;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A transaction that has begun for its client alone ({@code pool.begin: deferred}): a BEGIN, and
 * each SET LOCAL of the path behind it, are answered here, and go to a backend in front of the
 * message that follows. Until then the transaction has no backend, and hasn't passed the gate.
 *
 * <pre>
 *  IDLE ──BEGIN──► IN_TRANSACTION ──any other message──► IDLE: all of it goes to a backend
 *                     │   └──COMMIT, ROLLBACK──► IDLE: the server never hears of it
 *                     └──no backend, or not past the gate──► FAILED ──COMMIT, ROLLBACK──► IDLE
 * </pre>
 *
 * <p>Only what the server can't refuse is answered here ({@link DeferrableText}). Event-loop
 * confined.
 */
final class DeferredBegin {

  /** A SET LOCAL behind so many statements goes to a backend with them. */
  private static final int MOST_STATEMENTS = 4;

  private static final int HEADER_BYTES = 5;

  private static final Report FAILED =
      Report.error(
          SqlState.IN_FAILED_SQL_TRANSACTION,
          "current transaction is aborted, commands ignored until end of transaction block");

  private final Relay relay;
  private final Requests requests;
  private TransactionStatus status = TransactionStatus.IDLE;

  /** The statements that were answered and haven't gone out yet; null for none. */
  private @Nullable ByteBuf query;

  private int statements;

  /** The type of the message that it is being sent in front of; 0 for none. */
  private byte inFrontOf;

  DeferredBegin(Relay relay, Requests requests) {
    this.relay = relay;
    this.requests = requests;
  }

  /** Whether a transaction has begun for the client that no backend knows of. */
  boolean isUnderWay() {
    return status != TransactionStatus.IDLE;
  }

  // ---- without a backend

  /** Whether a message is answered here; else it needs a backend, with all that waits. */
  boolean answers(byte type, ByteBuf in, int at, int bodyBytes) {
    if (!isUnderWay() && !mayBegin()) {
      return false;
    }
    DeferrableText text =
        type == FrontendMessage.QUERY
            ? DeferrableText.of(
                in, at + HEADER_BYTES, bodyBytes - 1, relay.effects().texts().rules())
            : null;
    switch (status) {
      case IDLE -> {
        if (text == null || !text.begins()) {
          return false;
        }
        relay.passage().gate().transactionBegan();
        keep(in, at, bodyBytes);
        answer(text, TransactionStatus.IN_TRANSACTION);
      }
      case IN_TRANSACTION -> {
        if (text != null && text.ends()) {
          end(text);
        } else if (text == DeferrableText.SET_LOCAL && statements < MOST_STATEMENTS) {
          keep(in, at, bodyBytes);
          answer(text, TransactionStatus.IN_TRANSACTION);
        } else {
          return false;
        }
      }
      case FAILED -> {
        if (text != null && text.ends()) {
          end(DeferrableText.ROLLBACK);
        } else {
          requests.refuse(type, FAILED);
        }
      }
    }
    return true;
  }

  /** A client begins at a backend if the gate would hold it, or if it listens. */
  private boolean mayBegin() {
    return relay.server().defersBegin()
        && !requests.isUnsynced()
        && !relay.listening().isActive()
        && !relay.listening().isTouched()
        && relay.passage().gate().generation() != TenantGate.NOT_CURRENT;
  }

  private void answer(DeferrableText text, TransactionStatus next) {
    enter(next);
    relay.frontend().writeDone(text.tag());
  }

  private void enter(TransactionStatus next) {
    status = next;
    relay.frontend().isIn(next);
  }

  private void end(DeferrableText text) {
    drop();
    relay.passage().transactionEnded();
    answer(text, TransactionStatus.IDLE);
    relay.goOnLater(); // somebody may wait for the session to be idle
  }

  /** Keeps all of it as one Query, so that the server answers it at once. */
  private void keep(ByteBuf in, int at, int bodyBytes) {
    ByteBuf kept = query;
    if (kept == null) {
      kept = relay.frontend().channel().alloc().buffer(DeferrableText.MOST_BYTES);
      kept.writeBytes(in, at, HEADER_BYTES + bodyBytes);
      query = kept;
    } else {
      int end = kept.writerIndex() - 1;
      if (kept.getByte(end - 1) != ';') {
        kept.setByte(end++, ';');
      }
      kept.writerIndex(end).writeBytes(in, at + HEADER_BYTES, bodyBytes);
      kept.setInt(1, kept.writerIndex() - 1);
    }
    statements++;
  }

  /** A message was refused that no backend has got: the transaction has failed. */
  void refused() {
    if (isUnderWay()) {
      drop();
      enter(TransactionStatus.FAILED);
    }
  }

  // ---- with one

  /**
   * Sends what waits in front of a message for which there is a backend now.
   *
   * @param type the message's
   * @return as {@link Requests#frame}: DROP if the message is refused with what went ahead of it
   */
  int send(PooledBackend backend, byte type) {
    ByteBuf waiting = query;
    if (waiting == null) {
      return Requests.FORWARD;
    }
    int bodyBytes = waiting.readableBytes() - HEADER_BYTES;
    inFrontOf = type;
    int verdict = requests.request(backend, FrontendMessage.QUERY, waiting, 0, bodyBytes);
    inFrontOf = 0;
    if (verdict == Requests.FORWARD) {
      backend.owed().lastIsAnswered();
      backend.write(waiting.retain());
    }
    if (verdict != Requests.PAUSE) {
      end();
    }
    return verdict;
  }

  /**
   * A message is about to be refused at a backend: the transaction that waits begins there first,
   * so that it fails. Where the message is what waits, the one behind it is refused in its place.
   *
   * @return the type of the message that is refused
   */
  byte refused(PooledBackend backend, byte type) {
    if (query == null) {
      return type;
    }
    byte behind = inFrontOf;
    if (behind == 0) {
      behind = type;
      end();
    }
    requests.queryGoesOut(backend);
    backend.owed().lastIsAnswered();
    backend.write(FrontendMessage.query(backend.channel().alloc(), "BEGIN"));
    return behind;
  }

  /** The session ends, or its backend knows of the transaction. */
  void end() {
    drop();
    enter(TransactionStatus.IDLE);
  }

  private void drop() {
    ByteBuf dropped = query;
    query = null;
    statements = 0;
    if (dropped != null) {
      dropped.release();
    }
  }
}

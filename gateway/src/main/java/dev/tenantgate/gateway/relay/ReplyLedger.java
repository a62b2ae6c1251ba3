package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.TransactionStatus;

/**
 * What a session has asked for and not yet been answered, and where its transaction stands, kept by
 * the two cursors over its streams. Event-loop confined.
 */
final class ReplyLedger {

  private final byte idle = TransactionStatus.IDLE.code();

  /** ReadyForQuery messages that the backend still owes. */
  private int owed;

  private byte status = idle;
  private long transactions;
  private boolean lastWasError;
  private boolean terminated;

  /** Whether the session is between transactions and waits for nothing. */
  boolean isIdle() {
    return owed == 0 && status == idle;
  }

  /**
   * Whether nobody needs to be told why the backend closes the connection: the last thing that it
   * said was an error, or the frontend has asked for the end.
   */
  boolean endIsExplained() {
    return lastWasError || terminated;
  }

  /** Transactions that ended since this was last asked. */
  long takeTransactions() {
    long ended = transactions;
    transactions = 0;
    return ended;
  }

  /** Over what the frontend sends. */
  FrameCursor frontendCursor() {
    return new FrameCursor() {
      @Override
      protected boolean onFrame(byte type, int bodyBytes) {
        if (type == FrontendMessage.QUERY
            || type == FrontendMessage.SYNC
            || type == FrontendMessage.FUNCTION_CALL) {
          owed++;
        } else if (type == FrontendMessage.TERMINATE) {
          terminated = true;
        }
        return false;
      }

      @Override
      protected void onFirstByte(byte type, byte value) {}
    };
  }

  /** Over what the backend sends. */
  FrameCursor backendCursor() {
    return new FrameCursor() {
      @Override
      protected boolean onFrame(byte type, int bodyBytes) {
        lastWasError = type == BackendMessage.ERROR_RESPONSE;
        return type == BackendMessage.READY_FOR_QUERY;
      }

      @Override
      protected void onFirstByte(byte type, byte value) {
        ready(value);
      }
    };
  }

  private void ready(byte newStatus) {
    status = newStatus;
    if (owed > 0) {
      owed--;
    }
    if (newStatus == idle) {
      transactions++;
    }
  }
}

package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.answer.AnswerFiles;
import dev.tenantgate.gateway.answer.WithheldAnswer;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.SessionEffect;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Statements that may take the session to another tenant without showing it: the answer to their
 * exchange is withheld, and nothing follows it, until the server has told where the session is and
 * the gate has said that it may be there.
 *
 * <pre>
 *  NONE ──such a statement──► OPEN ──Sync──► SENT ──ReadyForQuery──► LOCATING ──► let out
 *                              a Query is SENT at once                  │  ▲
 *                                                 elsewhere, and held:  ▼  │
 *                                                   HELD_WITHIN, HELD_BEHIND a transaction
 * </pre>
 *
 * <p>An answer on its way from a file is LETTING_OUT. Where the session may not be, an open
 * transaction fails with the gate's reason; behind a commit the session ends. Event-loop confined.
 */
final class UnforeseenSwitch {

  private enum Stage {
    /** Nothing of the kind is under way. */
    NONE,
    /** Such a statement was sent, and more of its exchange may follow. */
    OPEN,
    /** The end of its exchange was sent. */
    SENT,
    /** The exchange is answered, and the server is asked where the session is. */
    LOCATING,
    /** The gate holds the session in the middle of its transaction. */
    HELD_WITHIN,
    /** The gate holds the session behind its transaction. */
    HELD_BEHIND,
    /** The session may be where it is: a long answer goes to the client, and nothing else. */
    LETTING_OUT,
    /** The session ends: nothing more is told. */
    LOST
  }

  private final Relay relay;

  /** Where answers are kept that are too long for memory. */
  private final AnswerFiles answers;

  /** Null before the first such statement. */
  private @Nullable WithheldAnswer withheld;

  private Stage stage = Stage.NONE;

  /** Runs once the client has the answer that is let out. */
  private @Nullable Runnable whenOut;

  /** A Query in the middle of a batch, which the server passes over if an error came before it. */
  private boolean untilSync;

  UnforeseenSwitch(Relay relay, AnswerFiles answers) {
    this.relay = relay;
    this.answers = answers;
  }

  private WithheldAnswer answer() {
    if (withheld == null) {
      withheld = WithheldFromClient.answer(relay, this, answers);
    }
    return withheld;
  }

  private boolean isWithholding() {
    return withheld != null && withheld.isActive();
  }

  // ---- what the client sends

  /** Such a statement is about to go out. */
  void expect(PooledBackend backend) {
    if (stage == Stage.NONE) {
      stage = Stage.OPEN;
      untilSync = false;
      withhold(backend);
    }
  }

  private void withhold(PooledBackend backend) {
    answer().begin(0, backend.atBoundary());
  }

  /** Whether a message has to wait until it is known where the session is. */
  boolean holdsBack(byte type) {
    return switch (stage) {
      case NONE, OPEN -> false;
      case SENT ->
          type != FrontendMessage.COPY_DATA
              && type != FrontendMessage.COPY_DONE
              && type != FrontendMessage.COPY_FAIL
              && !(untilSync && type == FrontendMessage.SYNC)
              && !isPassedOver(type);
      case LOCATING, HELD_WITHIN, HELD_BEHIND, LETTING_OUT, LOST -> true;
    };
  }

  /** Whether the server runs nothing of it, and what is under way may have to wait for it. */
  private boolean isPassedOver(byte type) {
    PooledBackend backend = relay.backend();
    if (backend == null || !backend.copied().isTaken()) {
      return backend != null && untilSync && backend.isSkipping();
    }
    if (type != FrontendMessage.SYNC && type != FrontendMessage.FLUSH) {
      throw new ProtocolViolation(
          "unexpected message of type %s while data is copied"
              .formatted(FrameCursor.describe(type)));
    }
    return true;
  }

  /** Whether messages that were held back are to be looked at again. */
  boolean mayBeFollowed(PooledBackend backend) {
    return stage == Stage.SENT
        && (backend.copied().isTaken() || (untilSync && backend.isSkipping()));
  }

  /**
   * A Query or a Sync goes out.
   *
   * @param inBatch whether a Sync is still to come, which the answer may have to wait for
   */
  void exchangeEnds(PooledBackend backend, boolean inBatch) {
    if (stage == Stage.OPEN) {
      stage = Stage.SENT;
      untilSync = inBatch;
      withhold(backend); // again, if the client has waited for something
    }
  }

  /** The client waits for what answers its messages so far, before it ends the exchange. */
  void clientWaits() {
    if (stage == Stage.OPEN) {
      letOut(() -> {});
    }
  }

  /** The client has sent all that is copied. */
  void copyEnds(PooledBackend backend) {
    if (stage == Stage.SENT) {
      withhold(backend);
    }
  }

  // ---- what the backend sends

  boolean isUnderWay() {
    return stage != Stage.NONE;
  }

  /** Whether a message of our own may stand behind what the client was sent so far. */
  boolean isAtBoundary(@Nullable PooledBackend backend) {
    return isWithholding() ? answer().isAtBoundary() : backend == null || backend.atBoundary();
  }

  /** Whether what the backend sent is kept from the client; then it is owned here. */
  boolean keeps(ByteBuf run) {
    if (stage == Stage.LOST) {
      run.release();
      return true;
    }
    if (!isWithholding()) {
      return false;
    }
    answer().keep(run);
    return true;
  }

  /** The server waits for what is copied: the client has to know. */
  void copyBegins(PooledBackend backend) {
    if (stage != Stage.NONE && stage != Stage.LOST) {
      letOut(() -> {});
      if (!backend.owed().hasReady()) {
        stage = Stage.OPEN; // the server passes over the Sync that came: another ends the exchange
        relay.goOnLater();
      }
    }
  }

  /**
   * A ReadyForQuery has come, and is kept.
   *
   * @param owesNothing whether nothing more is to come
   */
  void ready(PooledBackend backend, boolean transactionEnded, boolean owesNothing) {
    if (stage == Stage.OPEN || (stage == Stage.SENT && !owesNothing && !untilSync)) {
      answer().letOutSoFar(true); // of an exchange before it
      relay.frontend().flush();
    } else if (stage == Stage.SENT && owesNothing) {
      stage = Stage.LOCATING;
      if (!transactionEnded) {
        locate(backend);
      } // else the settings are read back
    }
  }

  private void locate(PooledBackend backend) {
    if (backend.isInFailedTransaction()) {
      finish();
    } else if (relay.carried().reportsSearchPath()) {
      decideWithin(backend);
    } else {
      new ShowQuestion(
              backend,
              List.of(SessionEffect.SEARCH_PATH),
              relay.effects().texts().rules().encoding().charset(),
              values -> {
                if (values == null) {
                  lose(
                      Report.fatal(
                          SqlState.INTERNAL_ERROR, "the session's search_path could not be read"));
                } else if (stage == Stage.LOCATING) {
                  relay.passage().reported(values.get(0));
                  decideWithin(backend);
                }
              })
          .send();
    }
  }

  // ---- the gate's word

  /** It has come, or the wait for it is given up. */
  void resume() {
    if (relay.passage().isWaiting()) {
      return;
    }
    PooledBackend backend = relay.backend();
    if (stage == Stage.HELD_WITHIN && backend != null) {
      Report refusal = relay.passage().takeRefusal();
      if (refusal == null) {
        decideWithin(backend);
      } else {
        relay.passage().abandon();
        fail(backend, refusal);
      }
    } else if (stage == Stage.HELD_BEHIND) {
      Report refusal = relay.passage().takeRefusal();
      relay.passage().transactionEnded();
      if (refusal == null) {
        finish();
      } else {
        lose(refusal);
      }
    }
  }

  private void decideWithin(PooledBackend backend) {
    if (relay.passage().intoUnforeseenPath()) {
      finish();
      return;
    }
    Report refusal = relay.passage().takeRefusal();
    if (refusal != null) {
      fail(backend, refusal);
    } else if (mayWait()) {
      stage = Stage.HELD_WITHIN;
    } else {
      relay.passage().abandon();
      fail(backend, tooLate());
    }
  }

  /**
   * The transaction has ended, and the session's settings are known.
   *
   * @param moved whether it is in other schemas than it was
   */
  void settled(boolean moved) {
    if (stage != Stage.LOCATING) {
      return;
    }
    if (!moved) {
      finish();
    } else if (relay.passage().intoTransaction()) {
      relay.passage().transactionEnded(); // none has begun
      finish();
    } else {
      Report refusal = relay.passage().takeRefusal();
      if (refusal != null) {
        lose(refusal);
      } else if (mayWait()) {
        stage = Stage.HELD_BEHIND;
      } else {
        relay.passage().abandon();
        lose(tooLate());
      }
    }
  }

  /** Whether nothing was read yet where the session has come to. */
  private boolean mayWait() {
    return answer().isAtBoundary() && !answer().holdsRows();
  }

  private void finish() {
    relay.listening().tellHeard();
    stage = Stage.LETTING_OUT;
    letOut(this::isOut);
  }

  private void letOut(Runnable done) {
    answer().letOut(done);
    relay.frontend().flush();
  }

  private void isOut() {
    if (stage == Stage.LETTING_OUT) {
      stage = Stage.NONE;
      Runnable then = whenOut;
      whenOut = null;
      if (then == null) {
        relay.goOnLater();
      } else {
        then.run();
      }
    }
  }

  /** Whether a long answer is on its way to the client. */
  boolean isLettingOut() {
    return stage == Stage.LETTING_OUT;
  }

  /** The backend is gone: the session ends once the client has the answer. */
  void whenOut(Runnable then) {
    whenOut = then;
  }

  /** The client can take more, or can't. */
  void frontendWritable() {
    if (withheld != null) {
      withheld.goOn();
    }
    if (isWithholding()) {
      throttle();
    }
  }

  /** The backend is read as the client takes its answers, and as there is room to keep them. */
  void throttle() {
    PooledBackend backend = relay.backend();
    if (backend != null) {
      backend.setAutoRead(relay.frontend().channel().isWritable() && !answer().isFull());
    }
  }

  /** Both sides get to know that the transaction has failed, the client for our reason. */
  private void fail(PooledBackend backend, Report refusal) {
    if (!answer().isAtBoundary()) {
      lose(refusal);
      return;
    }
    stage = Stage.NONE;
    relay.frontend().write(answer().copyOfPreparation());
    answer().release();
    relay.failTransaction(backend, refusal);
    relay.goOnLater();
  }

  /** The session ends: where it has come to it may not be. */
  void lose(Report report) {
    stage = Stage.LOST;
    answer().drop();
    relay.failLater(report.asFatal());
  }

  /** The session has ended. */
  void release() {
    stage = Stage.LOST;
    if (withheld != null) {
      withheld.release();
    }
  }

  private static Report tooLate() {
    return new Report(
        Severity.ERROR,
        SqlState.CANNOT_CONNECT_NOW.code(),
        "the session has come to a tenant that isn't up to date",
        "A statement has led there that nobody could foresee, and others have read there.",
        "Set search_path by a statement of its own.");
  }
}

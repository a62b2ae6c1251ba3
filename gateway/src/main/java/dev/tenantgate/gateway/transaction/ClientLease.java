package dev.tenantgate.gateway.transaction;

import dev.tenantgate.gateway.backend.AbandonedQuery;
import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.pool.PinReason;
import dev.tenantgate.gateway.pool.PooledBackend;
import dev.tenantgate.gateway.pool.SettingsChange;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.state.SessionSettings;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The backend that one client has for a transaction, or for good if the session is pinned to it:
 * how it comes to it, is brought to the client's settings, is asked for what a transaction did to
 * them, and goes back.
 *
 * <pre>
 *  BETWEEN ──first message, past the gate──► QUEUED ──► SETTING ──► LEASED
 *     ▲                    (each is passed at once where nothing      │ ReadyForQuery 'I',
 *     │                     has to be waited for)                     ▼ nothing owed
 *     └──────── lease given back, unless the session is pinned ── READING_BACK
 * </pre>
 *
 * <p>Event-loop confined.
 */
final class ClientLease {

  /** What the client's next message waits for. */
  private enum Phase {
    /** Nothing: no backend is lent. */
    BETWEEN,
    /** A backend. */
    QUEUED,
    /** The backend's word that it has the client's settings. */
    SETTING,
    /** Nothing: a backend is lent. */
    LEASED,
    /** The backend's word on what a transaction did to the settings. */
    READING_BACK
  }

  private final TransactionRelay relay;
  private final BackendPool pool;
  private final Passage passage;
  private final CarriedSettings carried;
  private final Requests requests;
  private final SettingsChange.Listener onSettings = this::settingsChanged;
  private Phase phase = Phase.BETWEEN;
  private @Nullable PooledBackend lent;
  private long number;
  private final SessionPin pin;
  private boolean pinnedAtEnd;

  /** The server will be asked what is left of what the session is pinned for. */
  private @Nullable ScheduledFuture<?> question;

  /** A message of the client's waits for what came of those before it. */
  private boolean answersAwaited;

  ClientLease(
      TransactionRelay relay,
      BackendPool pool,
      Passage passage,
      CarriedSettings carried,
      Requests requests,
      SessionPin pin) {
    this.relay = relay;
    this.pool = pool;
    this.passage = passage;
    this.carried = carried;
    this.requests = requests;
    this.pin = pin;
  }

  /** The backend that is lent; null if none is. */
  @Nullable PooledBackend backend() {
    return lent;
  }

  /** Tells this lease from the session's others. */
  long number() {
    return number;
  }

  /** Whether the session keeps the backend that it has, and why. */
  SessionPin pin() {
    return pin;
  }

  /** Whether the client's next message waits. */
  boolean isWaiting() {
    return answersAwaited || (phase != Phase.BETWEEN && phase != Phase.LEASED);
  }

  boolean isReadingBack() {
    return phase == Phase.READING_BACK;
  }

  /** Whether the client's messages go to a backend as they come. */
  boolean isHeld() {
    return phase == Phase.LEASED;
  }

  // ---- its beginning

  /** Whether the next message may go to a backend now; if not, it waits or is refused. */
  boolean acquire() {
    if (!passage.intoTransaction()) {
      return false;
    }
    if (lent != null) {
      return !awaitsReset(lent) && passage.intoUnforeseenPath();
    }
    PooledBackend backend = pool.lease(relay);
    if (backend == null) {
      phase = Phase.QUEUED;
      return false;
    }
    return begin(backend);
  }

  /** What follows a RESET waits for its outcome, so that it finds what the client began with. */
  private boolean awaitsReset(PooledBackend backend) {
    return carried.effects().hasLost() && !hasAllAnswers(backend);
  }

  /**
   * Whether the backend has answered all that the client has sent; if not, the client's next
   * message is gone on with when it has. Within a batch it is the client who can't wait.
   */
  boolean hasAllAnswers(PooledBackend backend) {
    answersAwaited = !requests.isInBatch() && !backend.owed().isEmpty() && !backend.isPassingOver();
    return !answersAwaited;
  }

  /** Whether a message waits for answers that won't come before it is gone on with. */
  boolean awaitsSkipped(PooledBackend backend) {
    return answersAwaited && backend.isPassingOver();
  }

  /** The client's messages are looked at again. */
  void goesOn() {
    answersAwaited = false;
  }

  private boolean begin(PooledBackend backend) {
    number++;
    lent = backend;
    phase = Phase.LEASED;
    if (carried.areTemporary()) {
      pin.set(PinReason.TEMPORARY);
    }
    if (!carried.bring(backend, onSettings)) {
      phase = Phase.SETTING;
      backend.flush();
    }
    return phase == Phase.LEASED;
  }

  /** The pool lends a backend that was waited for. */
  void granted(PooledBackend backend) {
    if (relay.isEnded()) {
      backend.giveBack();
    } else if (!passage.mayBeginNow()) {
      phase = Phase.BETWEEN;
      backend.giveBack();
      relay.goOn();
    } else if (begin(backend)) {
      relay.goOn();
    }
  }

  /** The pool lends none. */
  void refused(Report report) {
    if (relay.isEnded() || phase != Phase.QUEUED) {
      return;
    }
    if (report.severity() == Severity.FATAL) {
      relay.fail(report);
      return;
    }
    phase = Phase.BETWEEN;
    passage.refuse(report);
    relay.goOn();
  }

  private void settingsChanged(@Nullable Report error) {
    if (error != null) {
      // What follows may have run with other settings: nothing of it may be told, or be kept.
      PooledBackend failed = lent;
      lent = null;
      if (failed != null) {
        failed.discard();
      }
      relay.fail(
          new Report(
              Severity.FATAL,
              error.sqlState(),
              "the session's settings can't be restored: " + error.message(),
              error.detail(),
              error.hint()));
    } else if (phase == Phase.SETTING) {
      phase = Phase.LEASED;
      relay.goOn();
    } else if (answersAwaited && lent != null && lent.owed().isEmpty()) {
      relay.goOn();
    }
  }

  // ---- its end

  /** The backend is ready, in a transaction or not. */
  void ready(boolean transactionEnded) {
    PooledBackend backend = lent;
    if (!transactionEnded
        && carried.effects().hasLost()
        && backend != null
        && backend.owed().isEmpty()) {
      SessionSettings lost = carried.effects().takeLost();
      if (!backend.isInFailedTransaction()) {
        // A RESET leads back to what the client began with, not to what the backend did.
        phase = Phase.SETTING;
        backend.set(lost, onSettings);
        backend.flush();
      }
    }
    if (answersAwaited && (backend == null || backend.owed().isEmpty())) {
      relay.goOnLater();
    }
  }

  /** The backend is in no transaction and owes nothing. */
  void settled(PooledBackend backend) {
    if (carried.effects().takeAltersServer()) {
      pool.lookAtDefaults();
    }
    if (pin.isQuestionDue()) {
      expectRest();
    }
    if (carried.mayHaveChanged()) {
      phase = Phase.READING_BACK;
      carried.readBack(backend, this::readBack);
    } else {
      endTransaction(backend);
      relay.unforeseen().settled(false);
    }
  }

  /** The server is to be asked what is left of what the session is pinned for. */
  private void expectRest() {
    carried.effects().mayLeaveState();
    if (pin.reason() == PinReason.VALUE) {
      carried.effects().anything();
    }
  }

  /** Asks a backend of which nothing has been asked since its last transaction. */
  private void askWhileIdle() {
    question = null;
    PooledBackend backend = lent;
    if (backend == null || phase != Phase.LEASED || !pin.isQuestionOpen()) {
      return;
    }
    if (backend.isBetweenTransactions()
        && !requests.isInBatch()
        && requests.isDone()
        && !relay.unforeseen().isUnderWay()) {
      expectRest();
      phase = Phase.READING_BACK;
      carried.readBack(backend, this::readBack);
    }
  }

  private void askLater(PooledBackend backend) {
    if (question == null && pin.isQuestionOpen()) {
      question =
          backend
              .channel()
              .eventLoop()
              .schedule(this::askWhileIdle, pin.untilQuestion().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** The server has done a DISCARD ALL, which leaves only what can't be asked about. */
  void discarded() {
    PinReason reason = pin.reason();
    PooledBackend backend = lent;
    if (reason == null || backend == null || !reason.isLasting()) {
      return;
    }
    if (!reason.isDiscarded()) {
      backend.wearOut(); // for others it isn't as a fresh one
    }
    pin.clear();
  }

  private void readBack(
      SessionSettings backendHas, SessionSettings wanted, @Nullable PinReason left, boolean asked) {
    PooledBackend backend = lent;
    if (backend == null) {
      return;
    }
    backend.setTo(backendHas);
    Object schemas = passage.gate().schemas();
    boolean told = !relay.isEnded() && relay.unforeseen().isAtBoundary(backend);
    carried.become(backendHas, wanted, told);
    phase = Phase.LEASED;
    PinReason rest = carried.areTemporary() ? PinReason.TEMPORARY : left;
    if (relay.isEnded()) {
      endAfterReadback(backend, rest != null || pinnedAtEnd);
      return;
    }
    if (asked || rest != null) {
      pin.answered(rest);
    }
    if (mustKeep() && !carried.bring(backend, onSettings)) {
      phase = Phase.SETTING;
    }
    endTransaction(backend);
    relay.unforeseen().settled(!schemas.equals(passage.gate().schemas()));
    relay.goOn();
  }

  private void endAfterReadback(PooledBackend backend, boolean leavesState) {
    lent = null;
    if (leavesState) {
      backend.discard();
    } else {
      backend.giveBack();
    }
  }

  /** Whether the client has the backend beyond its transaction, or is in the middle of the next. */
  private boolean mustKeep() {
    return pin.isSet() || requests.isInBatch() || !requests.atBoundary();
  }

  private void endTransaction(PooledBackend backend) {
    if (!mustKeep()) {
      lent = null;
      phase = Phase.BETWEEN;
      backend.setAutoRead(true);
      relay.flushAndCount();
      backend.giveBack();
    } else {
      askLater(backend);
    }
    relay.tellIfIdle();
  }

  /** The backend's connection has ended. */
  void lost() {
    lent = null;
  }

  /** Waits for no backend any more; whether the client did. */
  boolean leaveQueue() {
    return phase == Phase.QUEUED && pool.leaveQueue(relay);
  }

  /** The client waits for nothing any more. */
  void waitEnds() {
    phase = lent == null ? Phase.BETWEEN : Phase.LEASED;
  }

  /**
   * The session ends.
   *
   * @return the query that the server still runs; null if there is none
   */
  @Nullable AbandonedQuery end() {
    PooledBackend backend = lent;
    passage.withdraw();
    leaveQueue();
    pinnedAtEnd = pin.isSet();
    pin.clear();
    if (question != null) {
      question.cancel(false);
    }
    // What a transaction did to the settings is asked for in any case: the answer is under way.
    if (backend == null || phase == Phase.READING_BACK) {
      return null;
    }
    lent = null;
    return backend.abandon();
  }
}

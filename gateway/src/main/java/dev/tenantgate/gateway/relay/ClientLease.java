package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.SettingsChange;
import dev.tenantgate.gateway.connect.UnfinishedQuery;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.TouchedParameters;
import org.jspecify.annotations.Nullable;

/**
 * The backend that one client has for a transaction, or for good if the session is pinned to it:
 * how it comes to it, is brought to the client's settings, and goes back once the {@link
 * TransactionEnd end of the transaction} is settled.
 *
 * <pre>
 *  BETWEEN ──first message, past the gate──► QUEUED ──► SETTING ──► LEASED
 *     ▲                    (each is passed at once where nothing      │ ReadyForQuery 'I',
 *     │                     has to be waited for)                     ▼ nothing owed
 *     └── lease given back, unless the session is pinned ── LISTENING ◄─ READING_BACK
 * </pre>
 *
 * <p>Event-loop confined.
 */
final class ClientLease {

  /** The client's next message waits for this. */
  enum Phase {
    /** Nothing: no backend is lent. */
    BETWEEN,
    /** A backend. */
    QUEUED,
    /** The backend's word that it has the client's settings. */
    SETTING,
    /** Nothing: a backend is lent. */
    LEASED,
    /** The backend's word on what a transaction did to the settings. */
    READING_BACK,
    /** The word of the connection that listens for all. */
    LISTENING
  }

  /** How many backends are tried that can't be brought to the client's settings. */
  private static final int MOST_FAILURES = 3;

  private final Relay relay;
  private final Lender pool;
  private final TransactionAdmission passage;
  private final ClientSettings carried;
  private final TouchedParameters touched;
  private final Requests requests;
  private final SettingsChange.Listener onSettings = this::settingsChanged;
  private Phase phase = Phase.BETWEEN;
  private @Nullable PooledBackend lent;
  private long number;
  private final SessionPin pin;
  private final AwaitedAnswers answers;
  private final TransactionEnd end;

  /** Why the session that has ended kept its backend. */
  private @Nullable PinReason pinAtEnd;

  /** How many backends in a row couldn't be brought to the client's settings. */
  private int failures;

  ClientLease(
      Relay relay,
      Lender pool,
      TransactionAdmission passage,
      ClientSettings carried,
      Requests requests,
      SessionPin pin) {
    this.relay = relay;
    this.pool = pool;
    this.passage = passage;
    this.carried = carried;
    this.touched = carried.effects().parameters();
    this.requests = requests;
    this.pin = pin;
    this.answers = new AwaitedAnswers(relay, this, pool, requests);
    this.end = new TransactionEnd(relay, this, passage, carried, requests);
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
    return answers.areAwaited() || (phase != Phase.BETWEEN && phase != Phase.LEASED);
  }

  /** Whether a transaction is over, but for what it has left. */
  boolean isReadingBack() {
    return phase == Phase.READING_BACK || phase == Phase.LISTENING;
  }

  /** Whether no transaction has begun, and all before has been told. */
  boolean isOutsideTransaction() {
    PooledBackend backend = lent;
    return backend == null
        || (phase == Phase.LEASED
            && !requests.isInBatch()
            && backend.isBetweenTransactions()
            && backend.atBoundary());
  }

  /** Whether the session has the backend beyond its transactions. */
  boolean isKept() {
    return pin.isSet() || !pool.isShared();
  }

  /** Whether it is kept for an unnamed statement alone, whose text is too long to be sent again. */
  boolean isKeptForLongText() {
    PooledBackend backend = lent;
    return backend != null
        && pin.reason() == PinReason.TEXT
        && backend.isBetweenTransactions()
        && requests.statements().isToBindLongText(backend);
  }

  /** Whether the client's messages go to a backend as they come. */
  boolean isHeld() {
    return phase == Phase.LEASED;
  }

  // ---- its beginning

  /** Whether the next message may go to a backend now; if not, it waits or is refused. */
  boolean acquire() {
    if (!passage.intoTransaction()) {
      relay.traffic().waits();
      return false;
    }
    if (lent != null) {
      return !awaitsReset(lent) && passage.intoUnforeseenPath();
    }
    PooledBackend backend = pool.lease(relay.holder());
    if (backend == null) {
      phase = Phase.QUEUED;
      relay.traffic().waitsForBackend();
      return false;
    }
    return begin(backend);
  }

  /** The session has a backend of its own, from its begin on. */
  void takeOwn() {
    PooledBackend own = pool.lease(relay.holder());
    if (own != null) {
      begin(own);
    }
  }

  /** A message behind a RESET waits for its outcome, and finds what the client began with. */
  private boolean awaitsReset(PooledBackend backend) {
    return touched.hasLost() && !answers.areHere(backend);
  }

  private boolean begin(PooledBackend backend) {
    number++;
    relay.traffic().assigned();
    lent = backend;
    end.leaseBegins();
    phase = Phase.LEASED;
    backend.settings().clearUnknown(relay.holder());
    if (requests.statements().hasNamed()) {
      backend.discarded().keepOne();
    }
    relay.sequences().leased(backend);
    if (carried.areTemporary()) {
      pin.set(PinReason.TEMPORARY);
    }
    boolean brought = carried.bring(backend, onSettings);
    requests.statements().leaseBegins(backend);
    if (!brought) {
      phase = Phase.SETTING;
      backend.flush();
    }
    return phase == Phase.LEASED;
  }

  /** The pool lends a backend that was waited for. */
  void granted(PooledBackend backend) {
    if (relay.isEnded()) {
      backend.giveBack();
    } else if (!passage.mayBeginNow() && pool.isShared()) {
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

  /**
   * The setting that failed may have been another client's. This one gets another backend, unless
   * that has failed too often, or its messages are there already.
   */
  private boolean triesAnother() {
    return phase == Phase.SETTING
        && !requests.isInBatch()
        && !isKept()
        && failures++ < MOST_FAILURES;
  }

  private void settingsChanged(@Nullable Report error) {
    PooledBackend doubtful = lent;
    if (error != null && doubtful != null && triesAnother()) {
      lent = null;
      phase = Phase.BETWEEN;
      doubtful.discard();
      relay.goOnLater();
    } else if (error != null) {
      // The client's statements may have run with other settings: nothing of them may be told or
      // kept.
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
      failures = 0;
      phase = Phase.LEASED;
      relay.goOn();
    } else if (answers.areAwaited() && lent != null && lent.owed().isEmpty()) {
      relay.goOn();
    }
  }

  // ---- its end

  /** The backend is ready, in a transaction or not. */
  void ready(boolean transactionEnded) {
    PooledBackend backend = lent;
    if (!transactionEnded && touched.hasLost() && backend != null && backend.owed().isEmpty()) {
      SessionSettings lost = touched.takeLost(carried.effects().startup());
      if (!backend.isInFailedTransaction()) {
        // A RESET leads back to what the client began with, not to what the backend did.
        phase = Phase.SETTING;
        backend.settings().set(lost, onSettings);
        backend.flush();
      }
    }
    if (backend == null || backend.owed().isEmpty()) {
      answers.have();
    }
  }

  /** The backend is in no transaction and owes nothing. */
  void settled(PooledBackend backend) {
    if (carried.effects().takeAltersServer()) {
      pool.lookAtDefaults();
    }
    end.settled(backend);
  }

  /** The answers that the client's next message waits for. */
  AwaitedAnswers answers() {
    return answers;
  }

  /** How the transaction ends. */
  TransactionEnd transactionEnd() {
    return end;
  }

  /** The client's next message waits for something else from now on, or for nothing. */
  void enter(Phase next) {
    phase = next;
  }

  /**
   * All that the transaction has left is known: a shared backend that is kept gets the client's
   * settings. One of its own has them, and what is noted of them may have failed.
   */
  void goesOnWith(PooledBackend backend) {
    boolean ready = !mustKeep() || !pool.isShared() || carried.bring(backend, onSettings);
    phase = ready ? Phase.LEASED : Phase.SETTING;
  }

  /** Whether the client has the backend beyond its transaction, or is in the middle of the next. */
  private boolean mustKeep() {
    return isKept() || requests.isInBatch() || !requests.atBoundary();
  }

  /** Nothing is left of the transaction to ask for: the lease ends, if it does. */
  void transactionEnded(PooledBackend backend) {
    relay.listening().tellEndOfTransaction();
    if (!mustKeep()) {
      lent = null;
      phase = Phase.BETWEEN;
      backend.setAutoRead(true);
      relay.frontend().flushAndCount();
      backend.giveBack();
    } else {
      end.askLater(backend);
    }
    relay.activity().tellIfIdle();
  }

  /** The backend's connection has ended. */
  void lost() {
    lent = null;
  }

  /** Cancels what the client waits for, or runs; {@code done} runs once that is carried out. */
  void cancel(Runnable done) {
    PooledBackend backend = lent;
    if (passage.withdraw() || leaveQueue()) {
      phase = backend == null ? Phase.BETWEEN : Phase.LEASED;
      passage.refuse(
          Report.error(SqlState.QUERY_CANCELED, "canceling statement due to user request"));
      relay.goOn();
    } else if (backend != null && phase == Phase.LEASED) {
      backend.cancel(done);
      return;
    }
    done.run();
  }

  private boolean leaveQueue() {
    relay.traffic().waitsNoMore(null);
    return phase == Phase.QUEUED && pool.leaveQueue(relay.holder());
  }

  /**
   * The session ends.
   *
   * @return the query that the server still runs; null if there is none
   */
  @Nullable UnfinishedQuery end() {
    PooledBackend backend = lent;
    passage.withdraw();
    leaveQueue();
    pinAtEnd = pin.reason();
    end.end();
    // The backend is asked in any case for the settings: the answer is under way.
    if (backend == null || (phase == Phase.READING_BACK && pool.isShared())) {
      return null;
    }
    lent = null;
    if (phase != Phase.LEASED && phase != Phase.LISTENING && pool.isShared()) {
      return backend.abandon();
    }
    if (!pool.isShared()) {
      return departure().leaveOwn(backend);
    }
    boolean doubtful = phase == Phase.LISTENING || carried.mayHaveChanged(backend);
    carried.leave();
    return departure().leave(backend, doubtful);
  }

  /** The session has ended, and all is known that its last transaction has left. */
  void leave(PooledBackend backend, boolean leavesState) {
    lent = null;
    departure().giveBack(backend, leavesState);
  }

  private Departure departure() {
    return new Departure(pinAtEnd, requests.atBoundary(), requests.isUnsynced());
  }
}

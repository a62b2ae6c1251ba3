package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.SettingsChange;
import dev.tenantgate.gateway.backend.UnfinishedQuery;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import java.util.List;
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
 *     └── lease given back, unless the session is pinned ── LISTENING ◄─ READING_BACK
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
    READING_BACK,
    /** The word of the connection that listens for all. */
    LISTENING
  }

  /** How many backends are tried that can't be brought to the client's settings. */
  private static final int MOST_FAILURES = 3;

  /** So many answers, some milliseconds' work, are owed to one that sends transactions ahead. */
  private static final int MOST_AHEAD = 256;

  /** The same while others wait for a backend. */
  private static final int MOST_AHEAD_OF_OTHERS = 64;

  private final Relay relay;
  private final Lender pool;
  private final TransactionAdmission passage;
  private final ClientSettings carried;
  private final Requests requests;
  private final SettingsChange.Listener onSettings = this::settingsChanged;
  private Phase phase = Phase.BETWEEN;
  private @Nullable PooledBackend lent;
  private long number;
  private final SessionPin pin;
  private final PinQuestion question;

  /** Why the session that has ended kept its backend. */
  private @Nullable PinReason pinAtEnd;

  /** How many backends in a row couldn't be brought to the client's settings. */
  private int failures;

  /** A message of the client's waits for what came of those before it. */
  private boolean answersAwaited;

  /** Asks what the transaction has left, and went out with its end; null if nothing did. */
  private @Nullable Readback early;

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
    this.requests = requests;
    this.pin = pin;
    this.question = new PinQuestion(pin, carried.effects(), this::askWhileIdle);
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

  /** Whether so much has been sent ahead that others may have the backend first. */
  private boolean isToBeShared() {
    PooledBackend backend = lent;
    return backend != null
        && backend.owed().size() > (pool.isWaitedFor() ? MOST_AHEAD_OF_OTHERS : MOST_AHEAD)
        && !isKept();
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
        && requests.isToBindLongText(backend);
  }

  /**
   * A Query or a Sync goes out. What is sent behind a LISTEN waits for its outcome, and as long as
   * the client listens each transaction for its notifications. A client that sends transactions
   * ahead gives its backend back now and then.
   */
  void exchangeEnds() {
    if (relay.listening().isTouched() || relay.listening().isActive() || isToBeShared()) {
      answersAwaited = lent != null;
    }
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
      relay.traffic().waits();
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

  /** What follows a RESET waits for its outcome, so that it finds what the client began with. */
  private boolean awaitsReset(PooledBackend backend) {
    return carried.effects().hasLost() && !hasAllAnswers(backend);
  }

  /**
   * Whether the backend has answered all that the client has sent; if not, the client's next
   * message is gone on with when it has. Within a batch it is the client who can't wait.
   */
  boolean hasAllAnswers(PooledBackend backend) {
    answersAwaited = !requests.isInBatch() && !backend.owed().isEmpty() && !backend.isSkipping();
    return !answersAwaited;
  }

  /** Whether a message waits for answers that won't come before it is gone on with. */
  boolean awaitsSkipped(PooledBackend backend) {
    return answersAwaited && backend.isSkipping();
  }

  /** The client's messages are looked at again. */
  void goesOn() {
    answersAwaited = false;
  }

  private boolean begin(PooledBackend backend) {
    number++;
    relay.traffic().assigned();
    lent = backend;
    early = null;
    phase = Phase.LEASED;
    backend.clearUnknown(relay.holder());
    if (requests.hasNamed()) {
      backend.keepStatement();
    }
    relay.sequences().leased(backend);
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

  /**
   * What was put back may have been another client's: this one gets another backend, unless that
   * has failed too often, or its messages are there already.
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
      failures = 0;
      phase = Phase.LEASED;
      relay.goOn();
    } else if (answersAwaited && lent != null && lent.owed().isEmpty()) {
      relay.goOn();
    }
  }

  // ---- its end

  /**
   * All that the client has sent so far is about to go out: if it ends the transaction, the
   * question what that has left goes in the same write.
   */
  void askEarly() {
    PooledBackend backend = lent;
    if (requests.endsTransaction()
        && backend != null
        && early == null
        && phase == Phase.LEASED
        && !pin.isSet()
        && !requests.isToBindLongText(backend)) {
      early = carried.askEarly(backend, this::earlyIsUnused);
    }
  }

  /** The transaction went on, or more was sent behind its end. */
  private void earlyIsUnused() {
    early = null;
    PooledBackend backend = lent;
    if (backend != null && answersAwaited && backend.owed().isEmpty()) {
      relay.goOnLater();
    }
  }

  /** The question that went out with the end of the transaction, to be answered next. */
  private @Nullable Readback takeEarly() {
    Readback asked = early;
    early = null;
    return asked;
  }

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
    if (!requests.isToBindLongText(backend)) { // the question would be in its place
      question.transactionEnded(relay.listening().isTouched());
    }
    if (requests.resumesWithUnnamed()) {
      return; // the next message is here already; a question would drop what it binds
    }
    Object schemas = passage.gate().schemas();
    if (carried.mayHaveChanged(backend) || early != null) {
      phase = Phase.READING_BACK;
      carried.readBack(backend, takeEarly(), this::readBack);
    } else if (relay.listening().mustSettle() && !requests.isInBatch()) {
      phase = Phase.LISTENING;
      relay.listening().settle(List.of(), () -> heard(backend, false));
    } else {
      if (!requests.isInBatch()) {
        carried.effects().clear(); // only what a SET LOCAL leaves can be there
      }
      endTransaction(backend);
      relay.unforeseen().settled(!schemas.equals(passage.gate().schemas()));
    }
  }

  /** Asks a backend of which nothing has been asked since its last transaction. */
  private void askWhileIdle() {
    PooledBackend backend = lent;
    if (backend != null
        && phase == Phase.LEASED
        && backend.isBetweenTransactions()
        && !requests.isInBatch()
        && requests.isDone()
        && !requests.isToBindLongText(backend)
        && !relay.unforeseen().isUnderWay()) {
      question.include();
      phase = Phase.READING_BACK;
      carried.readBack(backend, null, this::readBack);
    }
  }

  /** The server has done a DISCARD ALL. */
  void discarded() {
    question.discarded(lent);
  }

  private void readBack(
      SessionSettings backendHas,
      SessionSettings wanted,
      @Nullable PinReason left,
      boolean asked,
      List<String> channels) {
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
    if (rest == null && requests.isToBindLongText(backend)) {
      rest = PinReason.TEXT;
    }
    if (relay.isEnded()) {
      lent = null;
      departure().giveBack(backend, rest != null || !channels.isEmpty());
      return;
    }
    if (asked || rest != null) {
      pin.answered(rest);
    }
    boolean moved = !schemas.equals(passage.gate().schemas());
    if (channels.isEmpty() && !relay.listening().mustSettle()) {
      heard(backend, moved);
    } else {
      phase = Phase.LISTENING;
      relay
          .listening()
          .settle(
              channels,
              () -> {
                if (channels.isEmpty()) {
                  heard(backend, moved);
                } else {
                  unlisten(backend, moved);
                }
              });
    }
  }

  /** The backend has no part any more in what the connection that listens for all does. */
  private void unlisten(PooledBackend backend, boolean moved) {
    if (backend != lent) {
      return;
    }
    backend.unnamedIs(null, 0);
    backend
        .owed()
        .add(
            new Reply.Exchange(1) {
              @Override
              protected void done() {
                heard(backend, moved);
              }
            });
    backend.write(FrontendMessage.query(backend.channel().alloc(), "UNLISTEN *"));
    backend.flush();
  }

  /** All that the transaction has left is known, and whatever it was notified of is there. */
  private void heard(PooledBackend backend, boolean moved) {
    if (backend != lent) {
      return;
    }
    phase = Phase.LEASED;
    if (mustKeep() && !carried.bring(backend, onSettings)) {
      phase = Phase.SETTING;
    }
    endTransaction(backend);
    relay.unforeseen().settled(moved);
    relay.goOn();
  }

  /** Whether the client has the backend beyond its transaction, or is in the middle of the next. */
  private boolean mustKeep() {
    return isKept() || requests.isInBatch() || !requests.atBoundary();
  }

  private void endTransaction(PooledBackend backend) {
    relay.listening().tellEndOfTransaction();
    if (!mustKeep()) {
      lent = null;
      phase = Phase.BETWEEN;
      backend.setAutoRead(true);
      relay.frontend().flushAndCount();
      backend.giveBack();
    } else {
      question.askLater(backend);
    }
    relay.activity().tellIfIdle();
  }

  /** The backend's connection has ended. */
  void lost() {
    lent = null;
  }

  /** Waits for no backend any more; whether the client did. */
  boolean leaveQueue() {
    return phase == Phase.QUEUED && pool.leaveQueue(relay.holder());
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
  @Nullable UnfinishedQuery end() {
    PooledBackend backend = lent;
    passage.withdraw();
    leaveQueue();
    pinAtEnd = pin.reason();
    question.end();
    // What a transaction did to the settings is asked for in any case: the answer is under way.
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

  private Departure departure() {
    return new Departure(pinAtEnd, requests.atBoundary(), requests.isUnsynced());
  }
}

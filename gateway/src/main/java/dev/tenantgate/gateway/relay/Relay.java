package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.answer.AnswerFiles;
import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.backend.UnfinishedQuery;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.notification.Notifications;
import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.pool.OwnBackend;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.LongScans;
import dev.tenantgate.gateway.scan.PlainTexts;
import dev.tenantgate.gateway.scan.UnpoolableRoutines;
import dev.tenantgate.gateway.settings.Effects;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.statements.AnalysisClock;
import dev.tenantgate.gateway.statements.StatementTexts;
import dev.tenantgate.gateway.traffic.ClientTraffic;
import dev.tenantgate.gateway.traffic.Traffic;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The relay of one client: the gate before each of its transactions, a {@link ClientLease lease},
 * the client's settings, the messages both ways, and what they did to the settings. Here all who
 * take part in that meet. With transaction pooling a transaction runs on whichever backend is free;
 * with session pooling the lease begins with the session and doesn't end before it. Event-loop
 * confined.
 */
public final class Relay implements LeaseHolder {

  /** Who owns the relay. */
  public interface Listener {

    /** The client has asked for the end. */
    void terminated();

    /** The frontend's connection ended. */
    void frontendClosed();

    /** The session can't go on. */
    void failed(Report report);

    /** The frontend sent what the protocol doesn't allow. */
    void frontendViolation(ProtocolViolation violation, boolean reportPossible);

    /**
     * The backend that was lent is gone.
     *
     * @param reportPossible whether a message of our own may stand behind what the client was sent
     * @param explained whether the server's last message was an error
     */
    void backendClosed(boolean reportPossible, boolean explained);

    /** A fault of our own. */
    void broken(Throwable cause);

    /** The session is idle, as {@link #awaitIdle} asked for. */
    void becameIdle();

    /** A transaction has ended. */
    void betweenTransactions();

    /** The session keeps its backend beyond its transactions. */
    void pinned(PinReason reason);

    /** It doesn't any more. */
    void unpinned(PinReason reason, Duration pinned);
  }

  /**
   * A client among others.
   *
   * @param processId of the key for cancelling that it was given
   * @param notifications who listens for it
   * @param processes that all clients were told to be served by
   */
  public record Identity(int processId, Notifications notifications, Processes processes) {}

  private final ClientTraffic traffic;
  private final FrontendSide frontend;
  private final Lender pool;
  private final SessionMemory memory;
  private final LongScans longScans;

  private final TransactionAdmission passage;
  private final ClientSettings carried;
  private final Listener listener;
  private final Requests requests;
  private final SessionSequences sequences;
  private final ClientLease lease;
  private final UnforeseenSwitch unforeseen;
  private final IdleWatch idleWatch;
  private final Listening listening;
  private final Signals signals;
  private final int processId;
  private boolean idleWanted;

  /** The server has refused something since all was answered last. */
  private boolean failedSinceQuiet;

  /** The client is to be sent a ReadyForQuery of its backend's, which was kept back. */
  private boolean readyKept;

  private boolean ended;

  /**
   * What all relays share.
   *
   * @param answers where answers are kept that are too long for memory
   * @param longScans where long texts are looked at
   */
  public record Shared(
      AnswerFiles answers, LongScans longScans, RelayMeter meter, Traffic traffic) {}

  private Relay(
      Channel frontend,
      Lender lender,
      TenantGate gate,
      Function<Relay, ClientSettings> settings,
      Shared shared,
      Identity identity,
      Listener listener) {
    this.traffic =
        new ClientTraffic(
            shared.traffic().of(lender.key(), frontend.eventLoop()),
            frontend.eventLoop().ticker()::nanoTime);
    this.frontend = new FrontendSide(frontend, shared.meter(), traffic, this::readOn);
    this.memory = SessionMemory.of(frontend);
    this.longScans = shared.longScans();
    this.pool = lender;
    this.passage = new TransactionAdmission(gate, this::goOn);
    this.carried = settings.apply(this);
    this.listener = listener;
    this.processId = identity.processId();
    this.listening = new Listening(this, identity.notifications(), lender.key(), frontend);
    this.signals = new Signals(this, identity.processes());
    this.requests = new Requests(this, frontend.alloc());
    this.sequences = new SessionSequences(this, lender, requests);
    this.lease =
        new ClientLease(this, lender, passage, carried, requests, new SessionPin(listener));
    this.unforeseen = new UnforeseenSwitch(this, shared.answers());
    this.idleWatch = new IdleWatch(frontend, this);
  }

  /**
   * Makes the relay of a client whose transactions run on whichever backend of a pool is free; it
   * has been told that it may begin.
   *
   * @param pool attached to already
   * @param template what the client was told of a fresh connection
   * @param startup what the client began its session with
   */
  public static Relay onPool(
      Channel frontend,
      BackendPool pool,
      TenantGate gate,
      ServerProfile template,
      SessionSettings startup,
      Shared shared,
      Identity identity,
      Listener listener) {
    return new Relay(
        frontend,
        pool,
        gate,
        relay -> new CarriedSettings(frontend, pool, gate, template, startup),
        shared,
        identity,
        listener);
  }

  /**
   * Makes the relay of a client that has a backend of its own.
   *
   * @param reported what the server has reported to it, by name
   */
  public static Relay onOwn(
      Channel frontend,
      OwnBackend own,
      TenantGate gate,
      Map<String, String> reported,
      Shared shared,
      Identity identity,
      Listener listener) {
    Relay relay =
        new Relay(
            frontend,
            own,
            gate,
            made -> new FollowedSettings(made, gate, reported),
            shared,
            identity,
            listener);
    relay.lease.takeOwn();
    return relay;
  }

  /** To be installed in the frontend's pipeline, as the last handler. */
  public ChannelHandler frontendHandler() {
    return new FrontendHandler(this, requests, listener);
  }

  // ---- what requests need to know

  /** Whether other clients get the backends as well. */
  boolean isShared() {
    return pool.isShared();
  }

  /** Whether anything of the session is gated, so that somebody has to look at its texts. */
  boolean isGated() {
    return pool.isShared() || passage.gate().isGated();
  }

  /** The settings of the client. */
  ClientSettings carried() {
    return carried;
  }

  /** Whether the server reports {@code search_path} by itself. */
  boolean reportsSearchPath() {
    return carried.reportsSearchPath();
  }

  Effects effects() {
    return carried.effects();
  }

  TransactionAdmission passage() {
    return passage;
  }

  SessionSequences sequences() {
    return sequences;
  }

  UnforeseenSwitch unforeseen() {
    return unforeseen;
  }

  Channel frontend() {
    return frontend.channel();
  }

  /** What the client has the gateway keep. */
  SessionMemory memory() {
    return memory;
  }

  /** Where long texts are looked at. */
  LongScans longScans() {
    return longScans;
  }

  /** A fault of our own, beside the event loop. */
  void brokenBeside(Throwable cause) {
    if (!ended) {
      listener.broken(cause);
    }
  }

  StatementTexts statementTexts() {
    return pool.statementTexts();
  }

  boolean isEnded() {
    return ended;
  }

  boolean isWaiting() {
    return passage.isWaiting() || lease.isWaiting() || signals.isWaiting();
  }

  @Nullable PooledBackend lease() {
    return lease.backend();
  }

  /** Tells this lease from the session's others. */
  long leaseNumber() {
    return lease.number();
  }

  int mostPrepared() {
    return pool.rules().maxPrepared();
  }

  /** When names were last known to mean something else, by the {@link AnalysisClock}. */
  long changedAt() {
    TenantGate gate = passage.gate();
    return gate.isUntenanted() || effects().isPathInDoubt()
        ? pool.changes().changedAt(gate.migrations())
        : pool.changes().definedAt();
  }

  /** What is known to have changed has done so by now. */
  void heedChanges() {
    pool.changes().changedAt(passage.gate().migrations());
  }

  boolean refusesUnpoolable() {
    return pool.isShared() && pool.rules().unpoolable() == Unpoolable.REFUSE;
  }

  /** Whether a text can't be shown to leave the session as it is. */
  boolean canNotBeProven(ByteBuf text, int from, int bytes) {
    return pool.isShared()
        && pool.rules().readBack() == PoolSettings.ReadBack.AUTO
        && pool.server().unproven().mentionedIn(text, from, bytes);
  }

  /** Whether that is so of every text. */
  boolean nothingIsProven() {
    return pool.server().unproven().everything();
  }

  /** By what that is judged: equal answers for the same object. */
  Object provenBy() {
    return pool.server().unproven();
  }

  /** Texts that do nothing to their session, by all that is known now. */
  PlainTexts plainTexts() {
    PlainTexts texts = pool.plainTexts();
    texts.judgedBy(
        pool.rules(),
        pool.server().unproven(),
        pool.server().routines(),
        passage.gate().textRules());
    return texts;
  }

  /** What may leave in the session what can't be pooled. */
  UnpoolableRoutines unpoolableRoutines() {
    return pool.server().routines();
  }

  /** The client makes a function that sets a parameter. */
  void expectHidden(String name) {
    pool.server().expectHidden(name);
  }

  /** The client is about to need a database without other users. */
  void release(String database) {
    pool.releaseDatabase(database);
  }

  /** Whether every transaction is read back, whatever its statements are. */
  boolean isAnyReadBack() {
    return carried.isAnyReadBack();
  }

  /** The session keeps the backend that it has. */
  void pin(PinReason reason) {
    lease.pin().set(reason);
  }

  /** A statement goes out that may end the reason for that. */
  void pinMayEnd() {
    lease.pin().mayEnd();
  }

  boolean isPinned() {
    return lease.pin().isSet();
  }

  /** Why the session keeps its backend; null if it doesn't. */
  public @Nullable PinReason pinReason() {
    return lease.pin().reason();
  }

  /** For how long it has kept it. */
  public Duration pinDuration() {
    return lease.pin().duration();
  }

  /** The server has done a DISCARD ALL. */
  void discarded() {
    lease.discarded();
    listening.discarded();
  }

  void write(ByteBuf message) {
    frontend.write(message);
  }

  /** A ReadyForQuery of our own, where no backend is lent. */
  void readyWithoutLease() {
    frontend.writeReady();
  }

  /** What the client sends to processes of others. */
  Signals signals() {
    return signals;
  }

  /** What the client listens on. */
  Listening listening() {
    return listening;
  }

  /**
   * A Query or a Sync goes out. What is sent behind a LISTEN waits for its outcome, and as long as
   * the client listens each transaction for its notifications. A client that sends transactions
   * ahead gives its backend back now and then.
   */
  void exchangeEnds() {
    if (listening.isTouched() || listening.isActive() || lease.isToBeShared()) {
      lease.awaitAnswers();
    }
  }

  /** Whether a notification may stand behind what the client was sent. */
  boolean mayNotify() {
    return !readyKept && !unforeseen.isUnderWay() && lease.isOutsideTransaction();
  }

  /** The client gets what it was notified of, if that may be. */
  void tellNotifications() {
    if (listening.isActive() && mayNotify()) {
      listening.tell();
    }
  }

  /** The same in front of an answer that was withheld to its end. */
  void tellHeard() {
    if (listening.isActive() && lease.isOutsideTransaction()) {
      listening.tell();
    }
  }

  /** A transaction is over with all that belongs to it. */
  void tellEndOfTransaction() {
    if (listening.isActive() && !requests.isInBatch() && !unforeseen.isUnderWay()) {
      listening.tell();
    }
    if (readyKept) {
      readyKept = false;
      frontend.writeReady();
      frontend.flush();
    }
    listening.endIfLost();
  }

  /** Whether the next message may go to a backend now; if not, it waits or is refused. */
  boolean acquire() {
    return lease.acquire();
  }

  /** Whether what comes next may count on the outcome of all before; see {@link ClientLease}. */
  boolean hasAllAnswers(PooledBackend backend) {
    return lease.hasAllAnswers(backend);
  }

  // ---- how it goes on

  /** The client's messages are looked at again, now that what they waited for has come. */
  void goOn() {
    if (ended) {
      return;
    }
    lease.goesOn();
    try {
      unforeseen.resume();
      tellNotifications();
      requests.resume();
    } catch (ProtocolViolation e) {
      violated(e);
      return;
    } catch (RuntimeException | OutOfMemoryError e) {
      listener.broken(e);
      return;
    }
    flushBoth();
    tellIfIdle();
  }

  void goOnLater() {
    frontend().eventLoop().execute(this::goOn);
  }

  /** The session can't go on, if it hasn't ended already. */
  void fail(Report report) {
    if (!ended) {
      listener.failed(report);
    }
  }

  /** The session ends, once what is being done now is done. */
  void failLater(Report report) {
    frontend().eventLoop().execute(() -> listener.failed(report));
  }

  /** Makes the transaction fail at the backend; the client is told our reason. */
  void failTransaction(PooledBackend backend, Report reason) {
    requests.refuse(backend, FrontendMessage.QUERY, reason);
    backend.flush();
  }

  FrontendSide frontendSide() {
    return frontend;
  }

  /** What came before is the server's to do; nobody waits for its answer. */
  void terminated() {
    flushBoth();
    listener.terminated();
  }

  /** What the client does, as it is counted. */
  public ClientTraffic traffic() {
    return traffic;
  }

  private void countToBackend(long bytes) {
    idleWatch.active();
    frontend.sentToBackend(bytes);
  }

  void violated(ProtocolViolation violation) {
    listener.frontendViolation(violation, reportPossible());
  }

  void flushBoth() {
    countToBackend(requests.takeBytes());
    lease.askEarly();
    PooledBackend backend = lease.backend();
    if (backend != null) {
      backend.flush();
    }
    frontend.flush();
    frontend.readAsMuchAsCanBeTaken(requests, backend);
  }

  /** The client is read on, or not, by what it has sent so far. */
  void readOn() {
    if (!ended) {
      frontend.readAsMuchAsCanBeTaken(requests, lease.backend());
    }
  }

  /** A lease ends: the client gets what there is, and it is counted. */
  void flushAndCount() {
    frontend.flush();
    frontend.count();
  }

  /** The frontend can take more, or can't. */
  void frontendWritable() {
    tellNotifications();
    frontend.flush();
    frontend.throttle(lease.backend());
    readOn();
    unforeseen.frontendWritable();
  }

  // ---- who asks for a lease

  @Override
  public Object tenant() {
    return passage.gate().tenant();
  }

  @Override
  public SessionSettings settings() {
    return carried.current();
  }

  @Override
  public void granted(PooledBackend backend) {
    lease.granted(backend);
  }

  @Override
  public void refused(Report report) {
    lease.refused(report);
  }

  @Override
  public void stillWaiting(Duration waited, int inFront) {
    frontend.tellWait(waited, inFront);
  }

  // ---- who holds a lease

  @Override
  public void fromBackend(ByteBuf run) {
    if (ended) {
      run.release();
      return;
    }
    frontend.received(run.readableBytes());
    if (!unforeseen.keeps(run)) {
      frontend.forward(run, lease.backend());
    }
  }

  @Override
  public void backendBatchEnded() {
    flushAndCount();
    readOn();
    idleWatch.active();
    PooledBackend backend = lease.backend();
    if (backend != null
        && (unforeseen.mayBeFollowed(backend)
            || lease.awaitsSkipped(backend)
            || requests.mayGoOn(backend))) {
      goOn();
    }
  }

  @Override
  public void backendWritable(boolean writable) {
    frontend.readAsMuchAsCanBeTaken(requests, lease.backend());
  }

  @Override
  public void reported(String name, String value, @Nullable String before) {
    carried.reported(name, value, before);
    if (name.equals("search_path")) {
      passage.reported(value);
    }
  }

  @Override
  public void errored() {
    failedSinceQuiet = true;
    carried.errored();
  }

  @Override
  public void statementsLost() {
    requests.statementsLost();
  }

  @Override
  public boolean withholds() {
    return unforeseen.isUnderWay();
  }

  @Override
  public int processId() {
    return processId;
  }

  @Override
  public Charset charset() {
    return effects().lexicalRules().encoding().charset();
  }

  @Override
  public boolean takesNotifications() {
    return !pool.isShared();
  }

  /** What is left of the transaction is settled first: its state, and what it was notified of. */
  @Override
  public boolean keepsReady() {
    readyKept = !ended && !requests.isInBatch() && (carried.delayReady() || listening.mustSettle());
    return readyKept;
  }

  @Override
  public void copyBegins() {
    PooledBackend backend = lease.backend();
    if (backend != null) {
      if (lease.isWaiting()) {
        goOnLater(); // the client's data doesn't wait for what it is copied by
      }
      unforeseen.copyBegins(backend);
    }
  }

  @Override
  public void ready(boolean transactionEnded) {
    PooledBackend backend = lease.backend();
    boolean owesNothing = backend != null && backend.owed().isEmptyForClient();
    traffic.ready(transactionEnded, owesNothing);
    if (transactionEnded) {
      frontend.transactionEnded();
      if (effects().takeChangesNames()) {
        pool.changes().defined();
      }
    }
    if (owesNothing) {
      effects().rulesAreKnown();
      requests.answered(failedSinceQuiet);
      failedSinceQuiet = false;
    }
    lease.ready(transactionEnded);
    if (backend != null) {
      unforeseen.ready(backend, transactionEnded, owesNothing);
    }
  }

  @Override
  public void settled() {
    PooledBackend backend = lease.backend();
    if (backend == null) {
      return;
    }
    if (!requests.isInBatch()) {
      // What follows in a batch that has begun is part of the next transaction already.
      passage.transactionEnded();
      requests.transactionEnded();
    }
    lease.settled(backend);
    frontend.flush();
    if (memory.isExceeded()) {
      fail(memory.refusal("the parameters that were set").asFatal());
      return;
    }
    listener.betweenTransactions();
  }

  /** Whether a transaction is under way. */
  public boolean isUnderWay() {
    PooledBackend backend = lease.backend();
    return backend != null
        && !lease.isReadingBack()
        && (passage.isAdmitted() || requests.isInBatch() || !backend.isBetweenTransactions());
  }

  /** How long the client may leave a backend idle; zero is without limit. */
  Duration idleTimeout() {
    return pool.rules().idleTransactionTimeout();
  }

  /** Whether the client has a backend that others may wait for, or a transaction on its own. */
  boolean keepsBackend() {
    PooledBackend backend = lease.backend();
    return !ended
        && backend != null
        && !backend.isStreaming()
        && (pool.isShared() || isUnderWay() || !requests.isDone());
  }

  /** Whether the backend that is lent has nothing to do until the client sends more. */
  boolean waitsForClient() {
    PooledBackend backend = lease.backend();
    return isIdleInTransaction()
        || (backend != null
            && lease.isHeld()
            && (requests.lacksEnd(backend) || lease.isKeptForLongText()));
  }

  /** Whether a transaction is under way in which nothing is done at the moment. */
  public boolean isIdleInTransaction() {
    PooledBackend backend = lease.backend();
    return backend != null
        && lease.isHeld()
        && !requests.isInBatch()
        && backend.owed().isEmpty()
        && !backend.isBetweenTransactions()
        && backend.atBoundary();
  }

  /** Whether what is under way is a stream of replication. */
  public boolean isStreaming() {
    PooledBackend backend = lease.backend();
    return backend != null && backend.isStreaming();
  }

  /** When the transaction under way began, by {@link System#nanoTime}. */
  public long beganNanos() {
    return passage.beganNanos();
  }

  /** The process at the server that the transaction runs in; 0 if there is none, or unknown. */
  public int backendProcess() {
    PooledBackend backend = lease.backend();
    return backend == null ? 0 : backend.processId();
  }

  @Override
  public void backendClosed(boolean reportPossible, boolean explained) {
    if (!ended && unforeseen.isLettingOut()) {
      unforeseen.whenOut(() -> backendClosed(true, explained));
      lease.lost();
      return;
    }
    boolean withheld = unforeseen.isUnderWay();
    boolean possible = withheld ? unforeseen.isAtBoundary(null) : reportPossible;
    lease.lost();
    if (!ended) {
      listener.backendClosed(possible, explained && !withheld);
    }
  }

  // ---- the session's end, and cancelling

  /**
   * Ends the session's part in this; the frontend is the caller's to close.
   *
   * @return the query that is still under way at the server; null if there is none
   */
  public @Nullable UnfinishedQuery end() {
    if (ended) {
      return null;
    }
    ended = true;
    requests.end();
    unforeseen.release();
    listening.end();
    pool.detach();
    frontend.end();
    idleWatch.end();
    frontend.count();
    traffic.ended();
    return lease.end();
  }

  /** Whether a message of our own may stand behind what the client was sent. */
  public boolean reportPossible() {
    return unforeseen.isAtBoundary(lease.backend());
  }

  /** A CancelRequest came with this session's key; {@code done} runs once it is carried out. */
  public void cancel(Runnable done) {
    PooledBackend backend = lease.backend();
    if (passage.withdraw() || lease.leaveQueue()) {
      cancelWaiting();
      done.run();
    } else if (backend != null && lease.isHeld()) {
      backend.cancel(done);
    } else {
      done.run();
    }
  }

  private void cancelWaiting() {
    lease.waitEnds();
    passage.refuse(
        new Report(
            Severity.ERROR,
            SqlState.QUERY_CANCELED.code(),
            "canceling statement due to user request",
            null,
            null));
    goOn();
  }

  /** Calls {@link Listener#becameIdle} once the session is idle, at once if it is. */
  public void awaitIdle() {
    idleWanted = true;
    tellIfIdle();
  }

  /** The session may have become idle. */
  void tellIfIdle() {
    if (!idleWanted || ended) {
      return;
    }
    PooledBackend backend = lease.backend();
    boolean idle =
        backend == null
            ? !isWaiting() && requests.isDone() && !requests.isSkipping()
            : lease.isHeld()
                && lease.isKept()
                && !requests.isInBatch()
                && (backend.isBetweenTransactions() || backend.isStreaming());
    if (idle && !unforeseen.isUnderWay()) {
      idleWanted = false;
      listener.becameIdle();
    }
  }
}

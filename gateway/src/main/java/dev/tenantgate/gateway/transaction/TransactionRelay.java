package dev.tenantgate.gateway.transaction;

import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.pool.Lessee;
import dev.tenantgate.gateway.pool.PooledBackend;
import dev.tenantgate.gateway.pool.SettingsChange;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.protocol.TransactionStatus;
import dev.tenantgate.gateway.relay.RelayMeter;
import dev.tenantgate.gateway.scan.UnpoolableRoutines;
import dev.tenantgate.gateway.state.SessionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The relay of one client whose transactions run on whichever backend is free: the gate before each
 * of them, a lease, the client's settings, the messages both ways, what they did to the settings,
 * and the lease's end.
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
public final class TransactionRelay implements Lessee {

  /** What the client's next message waits for. */
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
    READING_BACK
  }

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
  }

  private final Channel frontend;
  private final BackendPool pool;
  private final Passage passage;
  private final CarriedSettings carried;
  private final RelayMeter meter;
  private final Listener listener;
  private final Requests requests;
  private final UnforeseenSwitch unforeseen;
  private final SettingsChange.Listener onSettings = this::settingsChanged;
  private Phase phase = Phase.BETWEEN;
  private @Nullable PooledBackend lease;
  private long leases;
  private boolean pinned;
  private boolean idleWanted;

  /** A message of the client's waits for what came of those before it. */
  private boolean answersAwaited;

  private boolean ended;
  private boolean unflushed;
  private long bytesToFrontend;
  private long transactions;

  /**
   * Makes the relay of a client that has been told that it may begin.
   *
   * @param pool attached to already
   * @param startup what the client began its session with
   */
  public TransactionRelay(
      Channel frontend,
      BackendPool pool,
      TenantGate gate,
      SessionSettings startup,
      RelayMeter meter,
      Listener listener) {
    this.frontend = frontend;
    this.pool = pool;
    this.passage = new Passage(gate, this::goOn);
    this.carried = new CarriedSettings(frontend, pool, gate, startup);
    this.meter = meter;
    this.listener = listener;
    this.requests = new Requests(this, frontend.alloc());
    this.unforeseen = new UnforeseenSwitch(this, pool);
    this.pinned = carried.areTemporary();
  }

  /** To be installed in the frontend's pipeline, as the last handler. */
  public ChannelHandler frontendHandler() {
    return new PooledFrontend(this, requests, listener);
  }

  // ---- what requests need to know

  Effects effects() {
    return carried.effects();
  }

  Passage passage() {
    return passage;
  }

  UnforeseenSwitch unforeseen() {
    return unforeseen;
  }

  Channel frontend() {
    return frontend;
  }

  boolean isEnded() {
    return ended;
  }

  boolean isWaiting() {
    return answersAwaited
        || passage.isWaiting()
        || (phase != Phase.BETWEEN && phase != Phase.LEASED);
  }

  @Nullable PooledBackend lease() {
    return lease;
  }

  /** Tells this lease from the session's others. */
  long leaseNumber() {
    return leases;
  }

  int mostPrepared() {
    return pool.rules().maxPrepared();
  }

  boolean refusesUnpoolable() {
    return pool.rules().unpoolable() == Unpoolable.REFUSE;
  }

  /** What may leave in the session what can't be pooled. */
  UnpoolableRoutines unpoolableRoutines() {
    return pool.server().routines();
  }

  /** The client makes a function that sets a parameter. */
  void expectHidden(String name) {
    pool.server().expectHidden(name);
  }

  /** The session keeps the backend that it has. */
  void pin() {
    pinned = true;
  }

  boolean isPinned() {
    return pinned;
  }

  void write(ByteBuf message) {
    unflushed = true;
    frontend.write(message, frontend.voidPromise());
  }

  // ---- the way to a lease

  /** Whether the next message may go to a backend now; if not, it waits or is refused. */
  boolean acquire() {
    if (!passage.intoTransaction()) {
      return false;
    }
    if (lease != null) {
      return !awaitsReset(lease) && passage.intoUnforeseenPath();
    }
    PooledBackend backend = pool.lease(this);
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

  private boolean begin(PooledBackend backend) {
    leases++;
    lease = backend;
    phase = Phase.LEASED;
    if (!carried.bring(backend, onSettings)) {
      phase = Phase.SETTING;
      backend.flush();
    }
    return phase == Phase.LEASED;
  }

  private void settingsChanged(@Nullable Report error) {
    if (error != null) {
      // What follows may have run with other settings: nothing of it may be told, or be kept.
      PooledBackend failed = lease;
      lease = null;
      if (failed != null) {
        failed.discard();
      }
      if (!ended) {
        listener.failed(
            new Report(
                Severity.FATAL,
                error.sqlState(),
                "the session's settings can't be restored: " + error.message(),
                error.detail(),
                error.hint()));
      }
    } else if (phase == Phase.SETTING) {
      phase = Phase.LEASED;
      goOn();
    } else if (answersAwaited && lease != null && lease.owed().isEmpty()) {
      goOn();
    }
  }

  private void goOn() {
    if (ended) {
      return;
    }
    answersAwaited = false;
    try {
      unforeseen.resume();
      requests.resume();
    } catch (ProtocolViolation e) {
      violated(e);
      return;
    } catch (RuntimeException e) {
      listener.broken(e);
      return;
    }
    flushBoth();
    tellIfIdle();
  }

  void goOnLater() {
    frontend.eventLoop().execute(this::goOn);
  }

  /** The session ends, once what is being done now is done. */
  void failLater(Report report) {
    frontend.eventLoop().execute(() -> listener.failed(report));
  }

  /** Makes the transaction fail at the backend; the client is told our reason. */
  void failTransaction(PooledBackend backend, Report reason) {
    requests.refuse(backend, FrontendMessage.QUERY, reason);
    backend.flush();
  }

  /** What was withheld goes to the client. */
  void letOut(List<ByteBuf> parts) {
    parts.forEach(this::write);
    flushFrontend();
  }

  /** What came before is the server's to do; nobody waits for its answer. */
  void terminated() {
    flushBoth();
    listener.terminated();
  }

  void countToBackend(long bytes) {
    meter.toBackend(bytes);
  }

  void violated(ProtocolViolation violation) {
    listener.frontendViolation(violation, reportPossible());
  }

  void flushBoth() {
    PooledBackend backend = lease;
    if (backend != null) {
      backend.flush();
    }
    flushFrontend();
    readAsMuchAsCanBeTaken();
  }

  private void flushFrontend() {
    if (unflushed) {
      unflushed = false;
      frontend.flush();
    }
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
    if (ended) {
      backend.giveBack();
    } else if (!passage.mayBeginNow()) {
      phase = Phase.BETWEEN;
      backend.giveBack();
      goOn();
    } else if (begin(backend)) {
      goOn();
    }
  }

  @Override
  public void refused(Report report) {
    if (ended || phase != Phase.QUEUED) {
      return;
    }
    if (report.severity() == Severity.FATAL) {
      listener.failed(report);
      return;
    }
    phase = Phase.BETWEEN;
    passage.refuse(report);
    goOn();
  }

  @Override
  public void stillWaiting(Duration waited, int inFront) {
    write(
        Report.notice(
                "waiting for a backend for %d s, behind %d others"
                    .formatted(waited.toSeconds(), inFront),
                null)
            .encode(frontend.alloc()));
    flushFrontend();
  }

  // ---- who holds a lease

  @Override
  public void fromBackend(ByteBuf run) {
    if (ended) {
      run.release();
      return;
    }
    bytesToFrontend += run.readableBytes();
    if (unforeseen.keeps(run)) {
      return;
    }
    write(run);
    if (!frontend.isWritable()) {
      flushFrontend();
      throttleBackend();
    }
  }

  private void throttleBackend() {
    PooledBackend backend = lease;
    if (backend != null) {
      backend.setAutoRead(frontend.isWritable());
    }
  }

  @Override
  public void backendBatchEnded() {
    flushFrontend();
    count();
    PooledBackend backend = lease;
    if (backend != null
        && (unforeseen.mayBeFollowed(backend) || (answersAwaited && backend.isPassingOver()))) {
      goOn();
    }
  }

  private void count() {
    meter.toFrontend(bytesToFrontend, transactions);
    bytesToFrontend = 0;
    transactions = 0;
  }

  @Override
  public void backendWritable(boolean writable) {
    readAsMuchAsCanBeTaken();
  }

  /** The frontend can take more, or can't. */
  void frontendWritable() {
    throttleBackend();
  }

  /** The frontend is read unless what came waits already, or the backend takes no more. */
  void readAsMuchAsCanBeTaken() {
    PooledBackend backend = lease;
    boolean full = requests.isPaused() && requests.unreadBytes() > Requests.MOST_UNREAD_BYTES;
    boolean stuck = backend != null && !backend.isWritable();
    boolean read = !full && !stuck;
    if (frontend.config().isAutoRead() != read) {
      frontend.config().setAutoRead(read);
    }
  }

  @Override
  public void reported(String name, String value) {
    carried.effects().reported(name, value);
    if (name.equals("search_path")) {
      passage.reported(value);
    }
  }

  @Override
  public boolean withholds() {
    return unforeseen.isUnderWay();
  }

  @Override
  public void copyBegins() {
    PooledBackend backend = lease;
    if (backend != null) {
      unforeseen.copyBegins(backend);
    }
  }

  @Override
  public void ready(boolean transactionEnded) {
    PooledBackend backend = lease;
    boolean owesNothing = backend != null && backend.owed().isEmpty();
    if (transactionEnded) {
      transactions++;
    } else if (carried.effects().hasLost() && backend != null && backend.owed().isEmpty()) {
      SessionSettings lost = carried.effects().takeLost();
      if (!backend.isInFailedTransaction()) {
        // A RESET leads back to what the client began with, not to what the backend did.
        phase = Phase.SETTING;
        backend.set(lost, onSettings);
        backend.flush();
      }
    }
    if (answersAwaited && (backend == null || backend.owed().isEmpty())) {
      goOnLater();
    }
    if (backend != null) {
      unforeseen.ready(backend, transactionEnded, owesNothing);
    }
  }

  @Override
  public void settled() {
    PooledBackend backend = lease;
    if (backend == null) {
      return;
    }
    if (!requests.isInBatch()) {
      // What follows in a batch that has begun is part of the next transaction already.
      passage.transactionEnded();
    }
    if (carried.mayHaveChanged()) {
      phase = Phase.READING_BACK;
      carried.readBack(backend, this::readBack);
    } else {
      endTransaction(backend);
      unforeseen.settled(false);
    }
    flushFrontend();
    listener.betweenTransactions();
  }

  /** Whether a transaction is under way. */
  public boolean isUnderWay() {
    PooledBackend backend = lease;
    return backend != null
        && phase != Phase.READING_BACK
        && (passage.isAdmitted() || requests.isInBatch() || !backend.isBetweenTransactions());
  }

  /** Whether a transaction is under way in which nothing is done at the moment. */
  public boolean isIdleInTransaction() {
    PooledBackend backend = lease;
    return backend != null
        && phase == Phase.LEASED
        && !requests.isInBatch()
        && backend.owed().isEmpty()
        && !backend.isBetweenTransactions()
        && backend.atBoundary();
  }

  /** When the transaction under way began, by {@link System#nanoTime}. */
  public long beganNanos() {
    return passage.beganNanos();
  }

  /** The process at the server that the transaction runs in; 0 if there is none, or unknown. */
  public int backendProcess() {
    PooledBackend backend = lease;
    return backend == null ? 0 : backend.processId();
  }

  private void readBack(SessionSettings backendHas, SessionSettings wanted, boolean all) {
    PooledBackend backend = lease;
    if (backend == null) {
      return;
    }
    backend.setTo(backendHas);
    Object schemas = passage.gate().schemas();
    carried.become(backendHas, wanted, !ended && unforeseen.isAtBoundary(backend));
    pinned |= !all || carried.areTemporary();
    phase = Phase.LEASED;
    if (ended) {
      endAfterReadback(backend);
      return;
    }
    if (mustKeep() && !carried.bring(backend, onSettings)) {
      phase = Phase.SETTING;
    }
    endTransaction(backend);
    unforeseen.settled(!schemas.equals(passage.gate().schemas()));
    goOn();
  }

  private void endAfterReadback(PooledBackend backend) {
    lease = null;
    if (pinned) {
      backend.discard();
    } else {
      backend.giveBack();
    }
  }

  /** Whether the client has the backend beyond its transaction, or is in the middle of the next. */
  private boolean mustKeep() {
    return pinned || requests.isInBatch() || !requests.atBoundary();
  }

  private void endTransaction(PooledBackend backend) {
    if (mustKeep()) {
      tellIfIdle();
      return;
    }
    lease = null;
    phase = Phase.BETWEEN;
    backend.setAutoRead(true);
    flushFrontend();
    count();
    backend.giveBack();
    tellIfIdle();
  }

  @Override
  public void backendClosed(boolean reportPossible, boolean explained) {
    boolean withheld = unforeseen.isUnderWay();
    boolean possible = withheld ? unforeseen.isAtBoundary(null) : reportPossible;
    lease = null;
    if (!ended) {
      listener.backendClosed(possible, explained && !withheld);
    }
  }

  // ---- the session's end, and cancelling

  /** Ends the session's part in this; the frontend is the caller's to close. */
  public void end() {
    if (ended) {
      return;
    }
    ended = true;
    requests.close();
    unforeseen.release();
    pool.detach();
    count();
    PooledBackend backend = lease;
    passage.withdraw();
    if (phase == Phase.QUEUED) {
      pool.leaveQueue(this);
    }
    // What a transaction did to the settings is asked for in any case: the answer is under way.
    if (backend != null && phase != Phase.READING_BACK) {
      lease = null;
      backend.discard();
    }
  }

  /** Whether a message of our own may stand behind what the client was sent. */
  public boolean reportPossible() {
    PooledBackend backend = lease;
    return unforeseen.isAtBoundary(backend);
  }

  /** A CancelRequest came with this session's key; {@code done} runs once it is carried out. */
  public void cancel(Runnable done) {
    PooledBackend backend = lease;
    if (passage.withdraw() || (phase == Phase.QUEUED && pool.leaveQueue(this))) {
      cancelWaiting();
      done.run();
    } else if (backend != null && phase == Phase.LEASED) {
      backend.cancel(done);
    } else {
      done.run();
    }
  }

  private void cancelWaiting() {
    phase = lease == null ? Phase.BETWEEN : Phase.LEASED;
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

  private void tellIfIdle() {
    if (!idleWanted || ended) {
      return;
    }
    PooledBackend backend = lease;
    boolean idle =
        backend == null
            ? !isWaiting() && requests.isDone() && !requests.isSkipping()
            : phase == Phase.LEASED && pinned && backend.isBetweenTransactions();
    if (idle && !unforeseen.isUnderWay()) {
      idleWanted = false;
      listener.becameIdle();
    }
  }

  /** A ReadyForQuery of our own, where no backend is lent. */
  void readyWithoutLease() {
    write(
        frontend
            .alloc()
            .buffer(6)
            .writeByte('Z')
            .writeInt(5)
            .writeByte(TransactionStatus.IDLE.code()));
  }
}

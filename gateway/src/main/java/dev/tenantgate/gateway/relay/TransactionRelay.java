package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.pool.Lessee;
import dev.tenantgate.gateway.pool.PoolTemplate;
import dev.tenantgate.gateway.pool.PooledBackend;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.protocol.TransactionStatus;
import dev.tenantgate.gateway.state.SessionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The relay of one client whose transactions run on whichever backend is free: the gate before each
 * of them, a lease, the client's settings, the messages both ways, what they did to the settings,
 * and the lease's end.
 *
 * <pre>
 *  between ──first message──► AT_GATE ──► QUEUED ──► SETTING ──► LEASED ──ReadyForQuery 'I',
 *     ▲                        (each is passed at once where nothing       nothing owed──┐
 *     │                         has to be waited for)                                    ▼
 *     └───────────── lease given back, unless the session is pinned ◄────────────── READING_BACK
 * </pre>
 *
 * <p>Event-loop confined.
 */
public final class TransactionRelay implements Lessee {

  /** What the client's next message waits for. */
  enum Phase {
    /** Nothing: no backend is lent. */
    BETWEEN,
    /** The tenant's migrations. */
    AT_GATE,
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

    /** As {@link SessionRelay.Listener#backendClosed}. */
    void backendClosed(boolean reportPossible, boolean explained);

    /** A fault of our own. */
    void broken(Throwable cause);

    /** The session is idle, as {@link #awaitIdle} asked for. */
    void becameIdle();
  }

  private final Channel frontend;
  private final BackendPool pool;
  private final TenantGate gate;
  private final RelayMeter meter;
  private final Listener listener;
  private final Requests requests;
  private final Effects effects;
  private Phase phase = Phase.BETWEEN;
  private SessionSettings settings;
  private @Nullable PooledBackend lease;
  private @Nullable Report refusal;

  /** Where the server said that the session has gone, which no statement had foretold. */
  private @Nullable String unforeseenPath;

  private long generation;
  private long leases;
  private boolean admitted;
  private boolean pinned;
  private boolean idleWanted;
  private boolean ended;
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
    this.gate = gate;
    this.settings = startup;
    this.meter = meter;
    this.listener = listener;
    this.effects = new Effects(startup);
    this.requests = new Requests(this, frontend.alloc());
    effects.lexicalRulesOf(startup);
  }

  /** To be installed in the frontend's pipeline, as the last handler. */
  public ChannelHandler frontendHandler() {
    return new PooledFrontend(this, requests, listener);
  }

  // ---- what requests need to know

  Effects effects() {
    return effects;
  }

  TenantGate gate() {
    return gate;
  }

  Channel frontend() {
    return frontend;
  }

  boolean isEnded() {
    return ended;
  }

  boolean isWaiting() {
    return phase != Phase.BETWEEN && phase != Phase.LEASED;
  }

  @Nullable PooledBackend lease() {
    return lease;
  }

  long generation() {
    return generation;
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

  /** The client makes a function that sets a parameter. */
  void expectHidden(String name) {
    pool.expectHidden(name);
  }

  /** The session keeps the backend that it has. */
  void pin() {
    pinned = true;
  }

  boolean isPinned() {
    return pinned;
  }

  /** An error that stands where the next message's answer would; null if there is none. */
  @Nullable Report takeRefusal() {
    Report taken = refusal;
    refusal = null;
    return taken;
  }

  void write(ByteBuf message) {
    frontend.write(message, frontend.voidPromise());
  }

  // ---- the way to a lease

  /** Whether the next message may go to a backend now; if not, it waits or is refused. */
  boolean acquire() {
    if (!admitted && !passGate(null)) {
      return false;
    }
    if (lease != null) {
      return followUnforeseenPath();
    }
    PooledBackend backend = pool.lease(this);
    if (backend == null) {
      if (phase == Phase.BETWEEN) {
        phase = Phase.QUEUED;
      }
      return false;
    }
    return begin(backend);
  }

  private boolean followUnforeseenPath() {
    String path = unforeseenPath;
    unforeseenPath = null;
    if (path == null || !gate.leadsElsewhere(path) || passGate(path)) {
      return true;
    }
    if (phase == Phase.AT_GATE) {
      unforeseenPath = path; // asked again when the session goes on
    }
    return false;
  }

  /** Whether the session may go on in that path's schemas; null is where it is. */
  boolean passGate(@Nullable String searchPath) {
    if (searchPath == null) {
      long now = gate.generation();
      if (now != TenantGate.NOT_CURRENT) {
        generation = now;
        admitted = true;
        return true;
      }
    }
    Phase before = phase;
    phase = Phase.AT_GATE;
    TenantGate.Answer answer = gate.ask(searchPath, later -> answered(later, searchPath));
    if (answer == null) {
      return false;
    }
    phase = before;
    refusal = answer.refusal();
    admitted |= refusal == null && searchPath == null;
    return refusal == null;
  }

  private void answered(TenantGate.Answer answer, @Nullable String searchPath) {
    if (ended || phase != Phase.AT_GATE) {
      return;
    }
    phase = lease == null ? Phase.BETWEEN : Phase.LEASED;
    refusal = answer.refusal();
    if (refusal == null && searchPath == null) {
      // Under a policy that lets a lagging tenant pass there is no generation to be had.
      long now = gate.generation();
      generation = now == TenantGate.NOT_CURRENT ? generation : now;
      admitted = true;
    }
    goOn();
  }

  private boolean begin(PooledBackend backend) {
    leases++;
    lease = backend;
    phase = Phase.LEASED;
    if (!backend.bringTo(settings, this::settingsChanged)) {
      phase = Phase.SETTING;
      backend.channel().flush();
    }
    settings = backend.settings();
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
    }
  }

  private void goOn() {
    try {
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

  void terminated() {
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
      backend.channel().flush();
    }
    frontend.flush();
    readAsMuchAsCanBeTaken();
  }

  // ---- who asks for a lease

  @Override
  public Object tenant() {
    return gate.tenant();
  }

  @Override
  public SessionSettings settings() {
    return settings;
  }

  @Override
  public void granted(PooledBackend backend) {
    if (ended) {
      backend.giveBack();
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
    refusal = report;
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
    frontend.flush();
  }

  // ---- who holds a lease

  @Override
  public void fromBackend(ByteBuf run) {
    if (ended) {
      run.release();
      return;
    }
    bytesToFrontend += run.readableBytes();
    write(run);
    if (!frontend.isWritable()) {
      frontend.flush();
      throttleBackend();
    }
  }

  private void throttleBackend() {
    PooledBackend backend = lease;
    if (backend != null) {
      backend.channel().config().setAutoRead(frontend.isWritable());
    }
  }

  @Override
  public void backendBatchEnded() {
    frontend.flush();
    count();
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
    boolean stuck = backend != null && !backend.channel().isWritable();
    frontend.config().setAutoRead(!full && !stuck);
  }

  @Override
  public void reported(String name, String value) {
    effects.reported(name, value);
    if (name.equals("search_path")) {
      unforeseenPath = value;
    }
  }

  @Override
  public void ready(boolean transactionEnded) {
    PooledBackend backend = lease;
    if (transactionEnded) {
      transactions++;
    } else if (effects.hasLost()
        && backend != null
        && backend.owed().isEmpty()
        && !backend.isInFailedTransaction()) {
      // A RESET leads back to what the client began with, not to what the backend did.
      phase = Phase.SETTING;
      backend.set(effects.takeLost(), this::settingsChanged);
      backend.channel().flush();
    }
  }

  @Override
  public void settled() {
    PooledBackend backend = lease;
    if (backend == null) {
      return;
    }
    admitted = false;
    unforeseenPath = null;
    if (!pool.hiddenSettings().isEmpty()) {
      effects.hidden(pool.hiddenSettings());
    }
    if (effects.touchesSettings()) {
      phase = Phase.READING_BACK;
      new Readback(backend, effects, settings, pool, this::readBack).send();
    } else {
      endTransaction(backend);
    }
    frontend.flush();
  }

  private void readBack(SessionSettings backendHas, SessionSettings wanted, boolean understood) {
    PooledBackend backend = lease;
    if (backend == null) {
      return;
    }
    backend.setTo(backendHas);
    pinned |= !understood;
    String path = wanted.get("search_path");
    if (!ended && !Objects.equals(path, settings.get("search_path"))) {
      gate.moveTo(path);
    }
    settings = wanted;
    effects.lexicalRulesOf(wanted);
    tellRestored(backendHas, wanted);
    phase = Phase.LEASED;
    if (ended) {
      endAfterReadback(backend);
      return;
    }
    if (mustKeep() && !backend.bringTo(settings, this::settingsChanged)) {
      phase = Phase.SETTING;
    }
    endTransaction(backend);
    goOn();
  }

  /** The server has reported its own defaults where the client is back at its own. */
  private void tellRestored(SessionSettings backendHas, SessionSettings wanted) {
    PoolTemplate template = pool.template();
    if (ended || template == null || backendHas.equals(wanted)) {
      return;
    }
    for (String name : template.parameters().keySet()) {
      String value = wanted.get(name.toLowerCase(Locale.ROOT));
      if (value != null && !value.equals(backendHas.get(name.toLowerCase(Locale.ROOT)))) {
        write(BackendMessage.parameterStatus(frontend.alloc(), name, value));
      }
    }
    frontend.flush();
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
    backend.channel().config().setAutoRead(true);
    frontend.flush();
    count();
    backend.giveBack();
    tellIfIdle();
  }

  @Override
  public void backendClosed(boolean reportPossible, boolean explained) {
    lease = null;
    if (!ended) {
      listener.backendClosed(reportPossible, explained);
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
    pool.detach();
    count();
    PooledBackend backend = lease;
    if (phase == Phase.AT_GATE) {
      gate.withdraw();
    } else if (phase == Phase.QUEUED) {
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
    return backend == null || backend.atBoundary();
  }

  /** A CancelRequest came with this session's key; {@code done} runs once it is carried out. */
  public void cancel(Runnable done) {
    PooledBackend backend = lease;
    if (phase == Phase.QUEUED && pool.leaveQueue(this)) {
      cancelWaiting();
      done.run();
    } else if (phase == Phase.AT_GATE) {
      gate.withdraw();
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
    refusal =
        new Report(
            Severity.ERROR,
            SqlState.QUERY_CANCELED.code(),
            "canceling statement due to user request",
            null,
            null);
    goOn();
  }

  /** Calls {@link Listener#becameIdle} once the session is idle, at once if it is. */
  public void awaitIdle() {
    idleWanted = true;
    tellIfIdle();
  }

  private void tellIfIdle() {
    PooledBackend backend = lease;
    boolean idle =
        backend == null
            ? phase == Phase.BETWEEN && requests.isDone() && !requests.isSkipping()
            : phase == Phase.LEASED && pinned && backend.isBetweenTransactions();
    if (idleWanted && idle && !ended) {
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

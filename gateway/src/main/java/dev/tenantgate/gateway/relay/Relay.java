package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.connect.UnfinishedQuery;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.pool.OwnBackend;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.LongScans;
import dev.tenantgate.gateway.settings.Effects;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.timeout.ClientWatch;
import dev.tenantgate.gateway.timeout.QueryTimeout;
import dev.tenantgate.gateway.timeout.TimeoutSweep;
import dev.tenantgate.gateway.tracing.ClientTrace;
import dev.tenantgate.gateway.traffic.ClientTraffic;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The relay of one client: the gate before each of its transactions, a {@link ClientLease lease},
 * the client's settings, the messages both ways, and what they did to the settings. Here all who
 * take part in that meet. With transaction pooling a transaction runs on whichever backend is free;
 * with session pooling the lease begins with the session and doesn't end before it. Event-loop
 * confined.
 */
public final class Relay {

  private final ClientTraffic traffic;
  private final @Nullable ClientTrace trace;
  private final FrontendSide frontend;
  private final BackendSide holder;
  private final Lender pool;
  private final ServerView server;
  private final SessionMemory memory;
  private final LongScans longScans;
  private final TransactionAdmission passage;
  private final ClientSettings carried;
  private final RelayListener listener;
  private final Requests requests;
  private final SessionSequences sequences;
  private final ClientLease lease;
  private final UnforeseenSwitch unforeseen;
  private final ClientActivity activity;
  private final ClientWatch watch;
  private final Listening listening;
  private final Signals signals;
  private boolean ended;

  private Relay(
      Channel frontend,
      Lender lender,
      TenantGate gate,
      ClientSettings settings,
      RelayShared shared,
      RelayIdentity identity,
      RelayListener listener) {
    this.trace = identity.trace();
    this.traffic =
        new ClientTraffic(
            shared.traffic().of(lender.key(), frontend.eventLoop()),
            frontend.eventLoop().ticker()::nanoTime,
            trace);
    this.frontend = new FrontendSide(frontend, shared.meter(), traffic, this::readOn);
    this.holder = new BackendSide(this, lender, listener, identity.processId());
    this.memory = SessionMemory.of(frontend);
    this.longScans = shared.longScans();
    this.pool = lender;
    this.passage = new TransactionAdmission(gate, this::goOn);
    this.carried = settings;
    this.server = new ServerView(lender, gate, settings.effects());
    this.listener = listener;
    this.listening = new Listening(this, identity.notifications(), lender.key(), frontend);
    this.signals = new Signals(this, identity.processes());
    this.requests = new Requests(this, frontend.alloc());
    this.sequences = new SessionSequences(this, lender, requests);
    SessionPin pin = new SessionPin(listener, frontend.eventLoop().ticker()::nanoTime);
    this.lease = new ClientLease(this, lender, passage, carried, requests, pin);
    this.unforeseen = new UnforeseenSwitch(this, shared.answers());
    this.activity = new ClientActivity(this, lender, listener);
    TimeoutSweep sweep = shared.timeouts().of(frontend.eventLoop());
    this.watch = new ClientWatch(activity, frontend, identity.replica(), sweep);
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
      RelayShared shared,
      RelayIdentity identity,
      RelayListener listener) {
    return new Relay(
        frontend,
        pool,
        gate,
        new CarriedSettings(frontend, pool, gate, template, startup),
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
      RelayShared shared,
      RelayIdentity identity,
      RelayListener listener) {
    FollowedSettings settings =
        new FollowedSettings(
            gate,
            reported,
            SessionMemory.of(frontend),
            report -> frontend.eventLoop().execute(() -> listener.failed(report)));
    Relay relay = new Relay(frontend, own, gate, settings, shared, identity, listener);
    relay.lease.takeOwn();
    return relay;
  }

  /** To be installed in the frontend's pipeline, as the last handler. */
  public ChannelHandler frontendHandler() {
    return new FrontendHandler(this, requests, listener);
  }

  // ---- who takes part

  /** The client's state. */
  public ClientActivity activity() {
    return activity;
  }

  /** The client's counts. */
  public ClientTraffic traffic() {
    return traffic;
  }

  /** The client's spans; null if nothing is traced. */
  @Nullable ClientTrace trace() {
    return trace;
  }

  FrontendSide frontend() {
    return frontend;
  }

  /** As whom the client takes backends on lease. */
  LeaseHolder holder() {
    return holder;
  }

  ServerView server() {
    return server;
  }

  Requests requests() {
    return requests;
  }

  ClientLease lease() {
    return lease;
  }

  /** The backend that is lent; null if none is. */
  @Nullable PooledBackend backend() {
    return lease.backend();
  }

  SessionPin pin() {
    return lease.pin();
  }

  /** The settings of the client. */
  ClientSettings carried() {
    return carried;
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

  /** The signals that the client sends to processes of others. */
  Signals signals() {
    return signals;
  }

  /** The channels that the client listens on. */
  Listening listening() {
    return listening;
  }

  /** The memory of what the gateway keeps for the client. */
  SessionMemory memory() {
    return memory;
  }

  /** Where long texts are looked at. */
  LongScans longScans() {
    return longScans;
  }

  boolean isEnded() {
    return ended;
  }

  boolean isWaiting() {
    return passage.isWaiting()
        || lease.isWaiting()
        || signals.isWaiting()
        || watch.query().holdsBack();
  }

  /** The server has done a DISCARD ALL. */
  void discarded() {
    lease.transactionEnd().discarded();
    listening.discarded();
  }

  // ---- how it goes on

  /** The client's messages are looked at again: what they waited for has come. */
  void goOn() {
    if (ended) {
      return;
    }
    lease.answers().goOn();
    try {
      unforeseen.resume();
      listening.tellIfPossible();
      requests.resume();
    } catch (ProtocolViolation e) {
      violated(e);
      return;
    } catch (RuntimeException | OutOfMemoryError e) {
      listener.broken(e);
      return;
    }
    flushBoth();
    activity.tellIfIdle();
  }

  void goOnLater() {
    frontend.channel().eventLoop().execute(this::goOn);
  }

  /** The session can't go on, if it hasn't ended already. */
  void fail(Report report) {
    if (!ended) {
      listener.failed(report);
    }
  }

  /** The query that takes too long, if one does. */
  QueryTimeout queryTimeout() {
    return watch.query();
  }

  /** The session ends, once what is being done now is done. */
  void failLater(Report report) {
    frontend.channel().eventLoop().execute(() -> listener.failed(report));
  }

  /** The session's state on a backend that is lost can't be put on another. */
  void cantBeRestored(Report refusal) {
    failLater(
        Report.fatal(SqlState.CONNECTION_FAILURE, "the connection to the backend was lost")
            .withDetail("A statement that was prepared there is refused: " + refusal.message()));
  }

  /** Makes the transaction fail at the backend; the client is told our reason. */
  void failTransaction(PooledBackend backend, Report reason) {
    requests.refuse(backend, FrontendMessage.QUERY, reason);
    backend.flush();
  }

  /** The client has ended the session: the server gets all before that, and nobody waits. */
  void terminated() {
    flushBoth();
    listener.terminated();
  }

  void violated(ProtocolViolation violation) {
    listener.frontendViolation(violation, reportPossible());
  }

  void flushBoth() {
    active();
    frontend.sentToBackend(requests.takeBytes());
    lease.transactionEnd().askEarly();
    PooledBackend backend = lease.backend();
    if (backend != null) {
      backend.flush();
    }
    frontend.flush();
    readAsMuchAsCanBeTaken();
  }

  /** The client has sent something, or the backend has. */
  void active() {
    watch.active();
  }

  /** The client is read on, or not, by what it has sent so far. */
  void readOn() {
    if (!ended) {
      readAsMuchAsCanBeTaken();
    }
  }

  void readAsMuchAsCanBeTaken() {
    frontend.readAsMuchAsCanBeTaken(requests, lease.backend());
  }

  /** The frontend can take more, or can't. */
  void frontendWritable() {
    listening.tellIfPossible();
    frontend.flush();
    frontend.throttle(lease.backend());
    readOn();
    unforeseen.frontendWritable();
  }

  /** A fault of our own, beside the event loop. */
  void brokenBeside(Throwable cause) {
    if (!ended) {
      listener.broken(cause);
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
    watch.end();
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
    lease.cancel(done);
  }
}

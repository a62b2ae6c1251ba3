package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.drain.OpenSession;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.drain.SessionInTransaction;
import dev.tenantgate.gateway.drain.SessionInTransaction.Activity;
import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.relay.Relay;
import dev.tenantgate.gateway.relay.RelayIdentity;
import dev.tenantgate.gateway.relay.RelayListener;
import dev.tenantgate.gateway.relay.RelayShared;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.tracing.ClientTrace;
import dev.tenantgate.migrator.SchemaRef;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Let through: frontend and backend talk, and the gateway carries. */
final class Relaying extends SessionState implements RelayListener, OpenSession {

  private final Destination destination;
  private final SessionGate gate;
  private final Relay relay;
  private final long sinceNanos = System.nanoTime();
  private OpenSessions.@Nullable Place place;

  private Relaying(
      Session session,
      Destination destination,
      SessionGate gate,
      Function<RelayListener, Relay> relay) {
    super(session);
    this.destination = destination;
    this.gate = gate;
    this.relay = relay.apply(this);
  }

  /**
   * Each of the client's transactions runs on whichever backend of a pool is free.
   *
   * @param template what the client was told of a fresh connection
   * @param startup what the client began its session with
   */
  static Relaying onPool(
      Session session,
      Destination destination,
      BackendPool pool,
      SessionGate gate,
      ServerProfile template,
      SessionSettings startup) {
    return new Relaying(
        session,
        destination,
        gate,
        listener ->
            Relay.onPool(
                session.frontend(),
                pool,
                gate,
                template,
                startup,
                shared(session),
                identity(session, destination),
                listener));
  }

  /** All of them run on the session's own backend. */
  static Relaying onOwn(Session session, Destination destination) {
    SessionGate gate = new SessionGate(session, destination);
    return new Relaying(
        session,
        destination,
        gate,
        listener ->
            Relay.onOwn(
                session.frontend(),
                session.backend().handOver(destination),
                gate,
                session.backend().parameters(),
                shared(session),
                identity(session, destination),
                listener));
  }

  private static RelayShared shared(Session session) {
    SessionServices services = session.services();
    return new RelayShared(
        services.answers(),
        services.longScans(),
        services.meter(),
        services.pools().traffic(),
        services.timeouts());
  }

  private static RelayIdentity identity(Session session, Destination destination) {
    return new RelayIdentity(
        session.processId(),
        session.services().notifications(),
        session.services().processes(),
        destination.request().isReplication(),
        session.trace());
  }

  @Override
  void entered() {
    session.startRelay(relay);
    session.log().connected(destination);
    ClientTrace trace = session.trace();
    if (trace != null) {
      trace.connected();
    }
    place = session.services().openSessions().enter(session.frontend().eventLoop(), this);
  }

  @Override
  void left() {
    session.keys().abandon(relay.end());
    if (place != null) {
      place.leave();
    }
    session.log().left(destination, Duration.ofNanos(System.nanoTime() - sinceNanos));
  }

  @Override
  public void betweenTransactions() {
    if (place != null) {
      place.mayBeIdle();
    }
  }

  @Override
  public void pinned(PinReason reason) {
    session.services().meter().sessionPinned(reason);
    session.log().pinned(reason, relay.activity().backendProcess());
  }

  @Override
  public void unpinned(PinReason reason, Duration pinned) {
    session.services().meter().sessionUnpinned(reason);
    session.log().unpinned(reason, relay.activity().backendProcess(), pinned);
  }

  @Override
  public SessionInTransaction.@Nullable Pin pin() {
    PinReason reason = relay.activity().pinReason();
    return reason == null
        ? null
        : new SessionInTransaction.Pin(reason.label(), relay.activity().pinDuration());
  }

  @Override
  public boolean isUnderWay() {
    return relay.activity().isUnderWay();
  }

  @Override
  public String database() {
    return destination.request().database();
  }

  @Override
  public boolean touches(SchemaRef schema) {
    return gate.touches(schema);
  }

  @Override
  public SessionInTransaction describe() {
    boolean underWay = relay.activity().isUnderWay();
    Activity activity =
        relay.activity().isIdleInTransaction()
            ? Activity.IDLE_IN_TRANSACTION
            : relay.activity().isStreaming()
                ? Activity.STREAMING
                : underWay ? Activity.ACTIVE : Activity.IDLE;
    return session
        .inTransaction(
            destination,
            relay.activity().backendProcess(),
            relay.activity().application(),
            activity,
            underWay ? relay.activity().beganNanos() : System.nanoTime())
        .pinned(pin());
  }

  @Override
  ConnectedClient describeClient() {
    return session.identity().inRelay(session, destination, relay);
  }

  @Override
  public void endTransaction(String why) {
    if (!session.isIn(this)) {
      return;
    }
    if (relay.activity().isIdleInTransaction()) {
      session.end(ended(why));
    } else {
      relay.cancel(() -> {});
    }
  }

  @Override
  public void terminated() {
    if (session.isIn(this)) {
      session.endAtWish();
    }
  }

  @Override
  public void frontendClosed() {
    if (session.isIn(this)) {
      session.end();
    }
  }

  @Override
  public void failed(Report report) {
    if (session.isIn(this)) {
      session.log().failed(report);
    }
    end(report, relay.reportPossible());
  }

  private void end(Report report, boolean reportPossible) {
    if (!session.isIn(this)) {
      return;
    }
    if (reportPossible) {
      session.endCounted(report);
    } else {
      session.end();
    }
  }

  @Override
  public void frontendViolation(ProtocolViolation violation, boolean reportPossible) {
    if (session.isIn(this)) {
      session.log().failed(ClientError.PROTOCOL, String.valueOf(violation.getMessage()));
      end(
          Report.fatal(SqlState.PROTOCOL_VIOLATION, String.valueOf(violation.getMessage())),
          reportPossible);
    }
  }

  @Override
  public void transactionRefused(Report report) {
    session.log().failed(report);
  }

  @Override
  public void timedOut(Report report) {
    session.log().failed(ClientError.TIMEOUT, ClientFailures.words(report));
  }

  @Override
  public void backendClosed(boolean reportPossible, boolean explained) {
    if (session.isIn(this)) {
      session.log().failed(ClientError.LOST, "the connection to the backend was lost");
    }
    end(session.backendLost(), reportPossible && !explained);
  }

  @Override
  public void broken(Throwable cause) {
    if (!session.isIn(this)) {
      return;
    }
    if (SessionFailures.isOutOfMemory(cause)) {
      session.failures().outOfMemory(cause, relay.reportPossible());
    } else {
      session.failures().failed(cause);
    }
  }

  @Override
  void cancel(Runnable done) {
    relay.cancel(done);
  }

  @Override
  void drain() {
    relay.activity().awaitIdle();
  }

  @Override
  public void becameIdle() {
    if (session.isIn(this)) {
      session.end(Session.SHUTTING_DOWN);
    }
  }

  /** The client is to know why its transaction was ended. */
  private static Report ended(String why) {
    return Report.fatal(SqlState.ADMIN_SHUTDOWN, "terminating connection: " + why)
        .withDetail("Its transaction was still open when the time for the running ones was up.");
  }
}

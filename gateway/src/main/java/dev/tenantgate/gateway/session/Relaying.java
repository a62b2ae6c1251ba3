package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.drain.OpenSession;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.drain.SessionInTransaction;
import dev.tenantgate.gateway.drain.SessionInTransaction.Activity;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.relay.SessionRelay;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.migrator.SchemaRef;
import org.jspecify.annotations.Nullable;

/** Let through: frontend and backend talk, the gateway carries. */
final class Relaying extends SessionState implements SessionRelay.Listener, OpenSession {

  private final Destination destination;
  private @Nullable SessionRelay relay;
  private OpenSessions.@Nullable Place place;
  private boolean draining;

  Relaying(Session session, Destination destination) {
    super(session);
    this.destination = destination;
  }

  @Override
  void entered() {
    relay = session.startRelay(destination.gatedRoute(session.services()), this);
    place = session.services().openSessions().enter(session.frontend().eventLoop(), this);
  }

  @Override
  void left() {
    if (relay != null) {
      if (relay.isUnderWay()) {
        session.leaveBackendToItsQuery();
      }
      relay.close();
    }
    if (place != null) {
      place.leave();
    }
  }

  @Override
  public void betweenTransactions() {
    if (place != null) {
      place.mayBeIdle();
    }
  }

  @Override
  public boolean isUnderWay() {
    return relay != null && relay.isUnderWay();
  }

  @Override
  public boolean touches(SchemaRef schema) {
    return relay != null && relay.touches(schema);
  }

  @Override
  public SessionInTransaction describe() {
    return session.inTransaction(
        destination, session.keys().process(), activity(), relay == null ? 0 : relay.beganNanos());
  }

  private Activity activity() {
    if (relay == null) {
      return Activity.ACTIVE;
    }
    if (relay.isStreaming()) {
      return Activity.STREAMING;
    }
    return relay.isIdleInTransaction() ? Activity.IDLE_IN_TRANSACTION : Activity.ACTIVE;
  }

  @Override
  public void endTransaction(String why) {
    if (!session.isIn(this) || relay == null) {
      return;
    }
    if (relay.isIdleInTransaction()) {
      session.end(Session.ended(why));
    } else if (!relay.cancelHeld()) {
      session.keys().forwardCancel(() -> {});
    }
  }

  @Override
  public void unforeseenSwitch(Refusal refusal, boolean reportPossible) {
    if (!session.isIn(this)) {
      return;
    }
    if (reportPossible) {
      session.end(Session.fatal(refusal));
    } else {
      session.end();
    }
  }

  @Override
  public void backendClosed(boolean reportPossible, boolean explained) {
    if (!session.isIn(this)) {
      return;
    }
    if (reportPossible && !explained) {
      session.end(session.backendLost());
    } else {
      session.end();
    }
  }

  @Override
  public void frontendClosed() {
    if (session.isIn(this)) {
      session.end();
    }
  }

  @Override
  public void frontendViolation(ProtocolViolation violation, boolean reportPossible) {
    if (!session.isIn(this)) {
      return;
    }
    session.log().violation(violation);
    if (reportPossible) {
      session.end(
          Report.fatal(SqlState.PROTOCOL_VIOLATION, String.valueOf(violation.getMessage())));
    } else {
      session.end();
    }
  }

  @Override
  public void leftIdle(Report report, boolean reportPossible) {
    if (!session.isIn(this)) {
      return;
    }
    if (reportPossible) {
      session.end(report);
    } else {
      session.end();
    }
  }

  @Override
  public void outOfMemory(Throwable cause, boolean reportPossible) {
    if (session.isIn(this)) {
      session.outOfMemory(cause, reportPossible);
    }
  }

  /** What the client was sent last may be half a message: nothing can be said behind it. */
  @Override
  public void backendViolation(ProtocolViolation violation) {
    if (session.isIn(this)) {
      session.log().violation(violation);
      session.end();
    }
  }

  @Override
  void cancel(Runnable done) {
    if (relay != null && relay.cancelHeld()) {
      done.run();
    } else {
      session.keys().forwardCancel(done);
    }
  }

  @Override
  void drain() {
    if (relay != null && !draining) {
      draining = true;
      relay.awaitIdle();
    }
  }

  @Override
  public void becameIdle() {
    if (session.isIn(this)) {
      session.end(Session.SHUTTING_DOWN);
    }
  }
}

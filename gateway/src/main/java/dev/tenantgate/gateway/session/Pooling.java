package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.state.SessionSettings;
import dev.tenantgate.gateway.transaction.TransactionRelay;

/** Let through: each of the client's transactions runs on whichever backend is free. */
final class Pooling extends SessionState implements TransactionRelay.Listener {

  private final TransactionRelay relay;

  Pooling(Session session, BackendPool pool, SessionGate gate, SessionSettings startup) {
    super(session);
    relay =
        new TransactionRelay(
            session.frontend(), pool, gate, startup, session.services().meter(), this);
  }

  @Override
  void entered() {
    session.startPooledRelay(relay);
  }

  @Override
  void left() {
    relay.end();
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
    end(report, relay.reportPossible());
  }

  private void end(Report report, boolean reportPossible) {
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
  public void frontendViolation(ProtocolViolation violation, boolean reportPossible) {
    if (session.isIn(this)) {
      session.logViolation(violation);
      end(
          Report.fatal(SqlState.PROTOCOL_VIOLATION, String.valueOf(violation.getMessage())),
          reportPossible);
    }
  }

  @Override
  public void backendClosed(boolean reportPossible, boolean explained) {
    end(session.backendLost(), reportPossible && !explained);
  }

  @Override
  public void broken(Throwable cause) {
    session.failed(cause);
  }

  @Override
  void cancel(Runnable done) {
    relay.cancel(done);
  }

  @Override
  void drain() {
    relay.awaitIdle();
  }

  @Override
  public void becameIdle() {
    if (session.isIn(this)) {
      session.end(Session.SHUTTING_DOWN);
    }
  }
}

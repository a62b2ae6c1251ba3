package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.gate.AdmissionRequest;
import dev.tenantgate.gateway.gate.GateWait;
import dev.tenantgate.gateway.gate.GateWait.Outcome;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Logged in, and waiting for the gate's answer. Where the server has authenticated the client its
 * backend is kept: it couldn't be had again without the client's secret. Else there is none yet,
 * and a held session costs its socket.
 */
final class AtGate extends SessionState implements GateWait.Waiter {

  private final Destination destination;
  private final Supplier<? extends SessionState> next;
  private @Nullable GateWait wait;

  /** Waits with a backend, to be let loose on it. */
  AtGate(Session session, Destination destination) {
    this(session, destination, () -> Relaying.onOwn(session, destination));
  }

  /**
   * Waits.
   *
   * @param next makes the state that follows once the session is admitted
   */
  AtGate(Session session, Destination destination, Supplier<? extends SessionState> next) {
    super(session);
    this.destination = destination;
    this.next = next;
  }

  @Override
  void entered() {
    session.loggedIn();
    SchemaRef tenant = destination.route().tenant();
    Report full = session.place().enterTenant(tenant == null ? null : tenant.tenant());
    if (full != null) {
      session.end(full);
      return;
    }
    AdmissionRequest request =
        new AdmissionRequest(
            destination.route(), destination.requirement(), session.frontend().eventLoop());
    wait =
        new GateWait(
            session.services().gate(),
            session.frontend().eventLoop(),
            List.of(request),
            session.trace(),
            this);
    Outcome outcome = wait.begin();
    if (outcome == null) {
      session.keys().tellWaiting(destination.request().spokenVersion());
    } else {
      decided(outcome);
    }
  }

  @Override
  public void decided(Outcome outcome) {
    if (!session.isIn(this)) {
      return;
    }
    wait = null;
    if (outcome instanceof Outcome.Refused refused) {
      session.refuse(Session.fatal(refused.refusal()));
    } else if (outcome instanceof Outcome.Admitted admitted) {
      for (String warning : admitted.warnings()) {
        session.toFrontend(Report.warning(warning, null).encode(session.frontend().alloc()));
      }
      session.become(next.get());
    }
  }

  @Override
  public void notice(String text) {
    if (session.isIn(this)) {
      session.toFrontend(Report.notice(text, null).encode(session.frontend().alloc()));
      session.frontend().flush();
    }
  }

  /** Handles the server's own messages, its end among them. */
  @Override
  void backendFrame(ByteBuf frame) {
    if (frame.getByte(frame.readerIndex()) == BackendMessage.ERROR_RESPONSE) {
      session.endWith(frame);
    } else {
      session.toFrontend(frame);
    }
  }

  @Override
  ConnectedClient describeClient() {
    return session.identity().onItsWay(session, destination, ConnectedClient.Doing.HELD);
  }

  @Override
  void cancel(Runnable done) {
    session.end(
        Report.fatal(SqlState.QUERY_CANCELED, "canceling the connection due to user request")
            .withDetail("It was held until its tenant is up to date."));
    done.run();
  }

  @Override
  void left() {
    if (wait != null) {
      wait.cancel();
      wait = null;
    }
  }
}

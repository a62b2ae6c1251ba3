package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.gate.Admission;
import dev.tenantgate.gateway.gate.AdmissionRequest;
import dev.tenantgate.gateway.gate.HoldTicket;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Logged in, and waiting for the gate's word. Whoever has to wait longer than a moment is told what
 * for. Where the server has authenticated the client its backend is kept: it couldn't be had again
 * without the client's secret. Else there is none yet, and a held session costs its socket.
 */
final class AtGate extends SessionState {

  private static final long FIRST_NOTICE_SECONDS = 1;
  private static final long NEXT_NOTICE_SECONDS = 5;

  private final Destination destination;
  private final Supplier<? extends SessionState> next;
  private @Nullable HoldTicket ticket;
  private @Nullable ScheduledFuture<?> nextNotice;

  /** Waits with a backend, to be let loose on it. */
  AtGate(Session session, Destination destination) {
    this(session, destination, () -> new Relaying(session, destination));
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
    if (destination.route().schemas().isEmpty()) {
      session.become(next.get());
      return;
    }
    Admission admission =
        session
            .services()
            .gate()
            .admit(
                new AdmissionRequest(
                    destination.route(), destination.requirement(), session.frontend().eventLoop()),
                this::decided);
    if (admission instanceof Admission.Held held) {
      ticket = held.ticket();
      noticeIn(FIRST_NOTICE_SECONDS);
    } else if (admission instanceof Admission.Decision decision) {
      decided(decision);
    }
  }

  private void decided(Admission.Decision decision) {
    if (!session.isIn(this)) {
      return;
    }
    ticket = null;
    stopNotices();
    if (decision instanceof Admission.Rejected rejected) {
      session.end(Session.fatal(rejected.refusal()));
    } else if (decision instanceof Admission.Admitted admitted) {
      if (admitted.warning() != null) {
        session.toFrontend(
            Report.warning(admitted.warning(), null).encode(session.frontend().alloc()));
      }
      session.become(next.get());
    }
  }

  private void noticeIn(long seconds) {
    nextNotice = session.frontend().eventLoop().schedule(this::notice, seconds, TimeUnit.SECONDS);
  }

  private void notice() {
    if (session.isIn(this) && ticket != null) {
      session.toFrontend(
          Report.notice(ticket.progress().text(), null).encode(session.frontend().alloc()));
      session.frontend().flush();
      noticeIn(NEXT_NOTICE_SECONDS);
    }
  }

  private void stopNotices() {
    if (nextNotice != null) {
      nextNotice.cancel(false);
      nextNotice = null;
    }
  }

  /** What the server says by itself, its own end among it. */
  @Override
  void backendFrame(ByteBuf frame) {
    if (frame.getByte(frame.readerIndex()) == BackendMessage.ERROR_RESPONSE) {
      session.endWith(frame);
    } else {
      session.toFrontend(frame);
    }
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
    stopNotices();
    if (ticket != null) {
      ticket.cancel();
      ticket = null;
    }
  }
}

package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.memory.ClientMemoryExhausted;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.startup.LoginRefused;
import java.io.IOException;
import javax.net.ssl.SSLException;

/**
 * Ends a session for a fault, and tells the client and the log as much as each may know. Event-loop
 * confined.
 */
final class SessionFailures {

  private final Session session;

  SessionFailures(Session session) {
    this.session = session;
  }

  /** Whether there is no memory for what a client wants. */
  static boolean isOutOfMemory(Throwable cause) {
    return cause instanceof ClientMemoryExhausted || cause instanceof OutOfMemoryError;
  }

  /** A fault in what came, or in us: the session ends, nothing else does. */
  void failed(Throwable cause) {
    if (session.hasEnded()) {
      return;
    }
    if (cause instanceof LoginRefused) {
      session.turnAway(String.valueOf(cause.getMessage()));
    } else if (isOutOfMemory(cause)) {
      outOfMemory(cause, true);
    } else if (cause instanceof ProtocolViolation violation) {
      violated(violation);
    } else if (cause instanceof SSLException) {
      tlsFailed(cause);
    } else if (cause instanceof IOException) {
      session.end();
    } else {
      session.services().log().atError().setCause(cause).log("session failed");
      session.end(Report.fatal(SqlState.INTERNAL_ERROR, "internal error of the gateway"));
    }
  }

  private void violated(ProtocolViolation violation) {
    String what = String.valueOf(violation.getMessage());
    session.log().failed(ClientError.PROTOCOL, what);
    if (violation.isTold()) {
      session.endCounted(Report.fatal(violation.state(), what));
    } else {
      session.end();
    }
  }

  /** No TLS comes about with the client, or no more. */
  void tlsFailed(Throwable cause) {
    if (!session.hasEnded()) {
      session.log().failed(ClientError.TLS, String.valueOf(cause.getMessage()));
      session.end();
    }
  }

  /** This client asked for memory that isn't there: it ends, others go on. */
  void outOfMemory(Throwable cause, boolean reportPossible) {
    session.log().failed(ClientError.MEMORY, String.valueOf(cause));
    if (!reportPossible) {
      session.end();
      return;
    }
    Report report = Report.fatal(SqlState.OUT_OF_MEMORY, "out of memory");
    session.endCounted(
        cause instanceof ClientMemoryExhausted exhausted
            ? report.withDetail(String.valueOf(exhausted.getMessage())).withHint(exhausted.hint())
            : report
                .withDetail("The gateway has none left for what this client has sent.")
                .withHint("Send less at once, or give the gateway more (TENANTGATE_MEMORY)."));
  }
}

package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long the server may take over its part of a login: {@code database.connect-timeout}, from the
 * moment when it has all that it needs. The client's own time doesn't count. A server that takes
 * longer counts as unreachable. Event-loop confined.
 */
final class ServersTurn {

  private final Session session;
  private @Nullable ScheduledFuture<?> timer;

  ServersTurn(Session session) {
    this.session = session;
  }

  /** The server has to say something now. */
  void begin() {
    end();
    timer =
        session
            .frontend()
            .eventLoop()
            .schedule(
                this::timedOut,
                session.services().connector().connectTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  /** It has, or the session ends. */
  void end() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  /** Whether the server is the one that the login waits for. */
  boolean isOn() {
    return timer != null;
  }

  void timedOut() {
    session.end(
        Report.fatal(
                SqlState.CONNECTION_FAILURE,
                "could not log in to the backend " + session.backendServer())
            .withDetail("timed out"));
  }
}

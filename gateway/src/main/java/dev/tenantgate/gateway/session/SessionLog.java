package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.settings.PinReason;
import io.netty.channel.Channel;
import java.time.Duration;

/** A session's faults in the log: one line, and one in a while for many. Immutable. */
record SessionLog(SessionServices services, Channel frontend) {

  /** Logs a client's fault. */
  void violation(ProtocolViolation violation) {
    int times = services.violations().happened();
    if (times > 0) {
      services
          .log()
          .atInfo()
          .addKeyValue("client", UnixPeer.place(frontend))
          .addKeyValue("violation", violation.getMessage())
          .addKeyValue("times", times)
          .log("protocol violation");
    }
  }

  /** A user of this machine may not be the role that it asked for. */
  void peerRefused(String user, String role) {
    int times = services.refusedPeers().happened();
    if (times > 0) {
      services
          .log()
          .atWarn()
          .addKeyValue("os_user", user)
          .addKeyValue("role", role)
          .addKeyValue("times", times)
          .log("peer authentication failed; auth.peer-map has none such");
    }
  }

  /** A session keeps its backend beyond its transactions. */
  void pinned(PinReason reason, int backend) {
    services
        .log()
        .atInfo()
        .addKeyValue("client", UnixPeer.place(frontend))
        .addKeyValue("backend_pid", backend)
        .addKeyValue("reason", reason.label())
        .log("session pinned to its backend");
  }

  /** It doesn't any more. */
  void unpinned(PinReason reason, int backend, Duration pinned) {
    services
        .log()
        .atInfo()
        .addKeyValue("client", UnixPeer.place(frontend))
        .addKeyValue("backend_pid", backend)
        .addKeyValue("reason", reason.label())
        .addKeyValue("pinned_ms", pinned.toMillis())
        .log("session no longer pinned to its backend");
  }

  /** A backend can't be had. */
  void unreachable(String reason) {
    int times = services.unreachable().happened();
    if (times > 0) {
      services
          .log()
          .atWarn()
          .addKeyValue("backend", services.connector().address())
          .addKeyValue("error", reason)
          .addKeyValue("times", times)
          .log("backend unreachable");
    }
  }
}

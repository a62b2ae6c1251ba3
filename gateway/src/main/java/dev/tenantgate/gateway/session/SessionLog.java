package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.channel.Channel;

/** What goes wrong with a session, in the log: one line, and one in a while for many. Immutable. */
record SessionLog(SessionServices services, Channel frontend) {

  /** What a client did wrong. */
  void violation(ProtocolViolation violation) {
    int times = services.violations().happened();
    if (times > 0) {
      services
          .log()
          .atInfo()
          .addKeyValue("client", frontend.remoteAddress())
          .addKeyValue("violation", violation.getMessage())
          .addKeyValue("times", times)
          .log("protocol violation");
    }
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

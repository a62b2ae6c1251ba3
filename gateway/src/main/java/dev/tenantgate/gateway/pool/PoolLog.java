package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import java.io.IOException;
import org.slf4j.Logger;

/** Logs the failures of a pool's backends. Immutable. */
record PoolLog(Logger log, PoolKey key) {

  void endedWhileIdle(Report report) {
    log.atInfo()
        .addKeyValue("database", key.database())
        .addKeyValue("user", key.user())
        .addKeyValue("error", report.message())
        .log("the server ended an idle backend");
  }

  void violated(ProtocolViolation violation) {
    log.atWarn()
        .addKeyValue("violation", violation.getMessage())
        .log("protocol violation of a backend");
  }

  /** A fault of our own; that a connection breaks is none. */
  void failed(Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.atError().setCause(cause).log("backend failed");
    }
  }
}

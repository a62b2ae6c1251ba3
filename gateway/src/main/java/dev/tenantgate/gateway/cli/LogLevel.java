package dev.tenantgate.gateway.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** How much this process logs of what it does itself. */
final class LogLevel {

  private LogLevel() {}

  static void set(Level level) {
    if (LoggerFactory.getLogger("dev.tenantgate") instanceof Logger logger) {
      logger.setLevel(level);
    }
  }
}

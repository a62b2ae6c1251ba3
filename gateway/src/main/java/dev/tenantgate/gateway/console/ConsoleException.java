package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import org.jspecify.annotations.Nullable;

/** A command that isn't carried out. */
final class ConsoleException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final transient Report report;

  ConsoleException(SqlState state, String message, @Nullable String hint) {
    this(new Report(Severity.ERROR, state.code(), message, null, hint));
  }

  ConsoleException(Report report) {
    super(report.message(), null, false, false);
    this.report = report;
  }

  /** For the client. */
  Report report() {
    return report;
  }
}

package dev.tenantgate.gateway.scram;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;

/**
 * A SCRAM exchange can't go on, for another reason than a wrong password. Carries no stack trace:
 * what a peer does wrong is no fault of ours.
 */
public final class ScramException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final SqlState sqlState;
  private final String detail;

  private ScramException(SqlState sqlState, String message, String detail) {
    super(message, null, false, false);
    this.sqlState = sqlState;
    this.detail = detail;
  }

  /** A message that isn't what RFC 5802 says. */
  static ScramException malformed(String detail) {
    return new ScramException(SqlState.PROTOCOL_VIOLATION, "malformed SCRAM message", detail);
  }

  /** A message that is well formed and doesn't fit the exchange. */
  static ScramException invalid(String message, String detail) {
    return new ScramException(SqlState.PROTOCOL_VIOLATION, message, detail);
  }

  /** An exchange that somebody in between may have changed. */
  static ScramException refused(String message, String detail) {
    return new ScramException(SqlState.INVALID_AUTHORIZATION_SPECIFICATION, message, detail);
  }

  /** Something that RFC 5802 has and nobody here supports. */
  static ScramException unsupported(String message) {
    return new ScramException(SqlState.FEATURE_NOT_SUPPORTED, message, "");
  }

  /** For the sender of the message. */
  public Report report() {
    Report report = Report.fatal(sqlState, String.valueOf(getMessage()));
    return detail.isEmpty() ? report : report.withDetail(detail);
  }
}

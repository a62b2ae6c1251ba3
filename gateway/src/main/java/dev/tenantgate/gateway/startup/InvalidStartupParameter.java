package dev.tenantgate.gateway.startup;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;

/** A parameter of a StartupMessage that can't be; the connection is told and ended. */
public final class InvalidStartupParameter extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final SqlState sqlState;

  private InvalidStartupParameter(SqlState sqlState, String message) {
    super(message, null, false, false);
    this.sqlState = sqlState;
  }

  static InvalidStartupParameter noUser() {
    return new InvalidStartupParameter(
        SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
        "no PostgreSQL user name specified in startup packet");
  }

  static InvalidStartupParameter unknown(String name) {
    return new InvalidStartupParameter(
        SqlState.UNDEFINED_OBJECT, "unrecognized configuration parameter \"" + name + "\"");
  }

  static InvalidStartupParameter unpoolableOption(String options) {
    return new InvalidStartupParameter(
        SqlState.FEATURE_NOT_SUPPORTED,
        "options \""
            + options
            + "\" can't be given to a backend that is shared: only settings can");
  }

  public Report report() {
    return Report.fatal(sqlState, String.valueOf(getMessage()));
  }
}

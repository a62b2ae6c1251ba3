package dev.tenantgate.gateway.tenant;

import org.jspecify.annotations.Nullable;

/**
 * Why a connection isn't let through, in the fields of an ErrorResponse. The severity (FATAL at
 * connect, ERROR in a session) is the session's to choose. Immutable.
 *
 * @param sqlState five characters, SQLSTATE
 * @param message what happened to whom
 * @param detail why; null where the message says it all
 * @param hint what to do; null where nobody can do anything
 */
public record Refusal(
    String sqlState, String message, @Nullable String detail, @Nullable String hint) {

  /** The tenant can't be served now: it lags, its migration failed, it was held too long. */
  public static final String CANNOT_CONNECT_NOW = "57P03";

  /** The gateway is shutting down. */
  public static final String ADMIN_SHUTDOWN = "57P01";

  /** A limit is reached. */
  public static final String TOO_MANY_CONNECTIONS = "53300";

  /** There is no such tenant. */
  public static final String INVALID_SCHEMA_NAME = "3F000";

  /** The database isn't served. */
  public static final String INVALID_CATALOG_NAME = "3D000";

  /** The database can't be reached. */
  public static final String CONNECTION_FAILURE = "08006";

  /** The session may not do that. */
  public static final String INSUFFICIENT_PRIVILEGE = "42501";

  /** The gateway doesn't do that. */
  public static final String FEATURE_NOT_SUPPORTED = "0A000";

  /** A parameter of the connection is wrong. */
  public static final String INVALID_PARAMETER_VALUE = "22023";

  public Refusal {
    if (sqlState.length() != 5) {
      throw new IllegalArgumentException("SQLSTATE has five characters, was " + sqlState);
    }
  }

  /** A refusal that needs no detail and no hint. */
  public static Refusal of(String sqlState, String message) {
    return new Refusal(sqlState, message, null, null);
  }

  @Override
  public String toString() {
    return sqlState + ": " + message;
  }
}

package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.Report;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a client can't be served, the gate's own answers aside. The names are the metric's, in small
 * letters.
 */
public enum ClientError {
  /** The server can't be reached, or doesn't answer. */
  UNREACHABLE(true),
  /** The server refused the login for a reason of its own: it starts, stops, or recovers. */
  SERVER(true),
  /** The server takes no more connections. */
  SERVER_LIMIT(true),
  /** The server's connection was lost within a session. */
  LOST(true),
  /** A bound of the gateway's is reached: connections, logins, or transactions that wait. */
  LIMIT(true),
  /** There is no memory for what the client wants. */
  MEMORY(true),
  /** Something in the gateway failed. */
  INTERNAL(true),
  /** Users' secrets can't be looked up. */
  LOOKUP(true),
  /** The client isn't who it says it is, or may not come in. */
  LOGIN(false),
  /** There is no such database, or it isn't served. */
  DATABASE(false),
  /** The connection leads to no tenant, or to none that there may be. */
  TENANT(false),
  /** The client asks at its start for something that can't be. */
  STARTUP(false),
  /** The client doesn't keep to the protocol. */
  PROTOCOL(false),
  /** TLS didn't come about, with the client or with the server; or the client came without. */
  TLS(false),
  /** The client didn't log in in time. */
  LOGIN_TIMEOUT(false),
  /** The client was idle, or at work, for too long. */
  TIMEOUT(false);

  /** The user may not connect to the database. */
  private static final String PERMISSION_DENIED = "42501";

  private final boolean operators;

  ClientError(boolean operators) {
    this.operators = operators;
  }

  /** As the metric and the log have it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether an operator has something to do about it, and not the client. */
  boolean isOperators() {
    return operators;
  }

  /**
   * The reason behind a report; null for an end that is no error, as a shutdown is. A server names
   * the routine that it comes from, the gateway none.
   */
  static @Nullable ClientError of(Report report) {
    return report.lasting() ? TLS : of(report.sqlState(), report.routine() != null);
  }

  /** The reason behind a report of the server's own. */
  static ClientError ofServer(Report report) {
    ClientError error = of(report.sqlState(), true);
    return error == null ? SERVER : error;
  }

  private static @Nullable ClientError of(String state, boolean servers) {
    return switch (state) {
      case "3D000" -> DATABASE;
      case "3F000" -> TENANT;
      case "08P01" -> PROTOCOL;
      case "53300" -> servers ? SERVER_LIMIT : LIMIT;
      case "53200" -> servers ? SERVER : MEMORY;
      case "25P03", "25P04", "57P05" -> TIMEOUT;
      case "57014" -> null;
      case "XX000" -> servers ? SERVER : INTERNAL;
      default -> ofClass(state, servers);
    };
  }

  private static @Nullable ClientError ofClass(String state, boolean servers) {
    if (state.startsWith("08")) {
      return UNREACHABLE;
    } else if (state.startsWith("28") || state.equals(PERMISSION_DENIED)) {
      return LOGIN;
    } else if (state.startsWith("22") || state.startsWith("42") || state.startsWith("0A")) {
      return STARTUP;
    } else if (servers) {
      return SERVER;
    }
    return state.startsWith("57P") ? null : STARTUP;
  }
}

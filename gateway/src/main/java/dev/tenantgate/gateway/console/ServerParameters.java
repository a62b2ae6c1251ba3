package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.protocol.BackendMessage;
import io.netty.buffer.ByteBuf;

/** The parameters that the console reports before its first ReadyForQuery. Stateless. */
final class ServerParameters {

  /** As PgBouncer's own; tools know a console by it. */
  static final String VERSION = "1.25.0/bouncer";

  private ServerParameters() {}

  /**
   * Writes them.
   *
   * @param user the client's
   * @param mayCommand whether that may do everything
   */
  static void write(ByteBuf out, String user, boolean mayCommand) {
    BackendMessage.writeParameterStatus(out, "server_version", VERSION);
    BackendMessage.writeParameterStatus(out, "server_encoding", "UTF8");
    BackendMessage.writeParameterStatus(out, "client_encoding", "UTF8");
    BackendMessage.writeParameterStatus(out, "application_name", "");
    BackendMessage.writeParameterStatus(out, "DateStyle", "ISO, MDY");
    BackendMessage.writeParameterStatus(out, "IntervalStyle", "postgres");
    BackendMessage.writeParameterStatus(out, "TimeZone", "GMT");
    BackendMessage.writeParameterStatus(out, "integer_datetimes", "on");
    BackendMessage.writeParameterStatus(out, "standard_conforming_strings", "on");
    BackendMessage.writeParameterStatus(out, "is_superuser", mayCommand ? "on" : "off");
    BackendMessage.writeParameterStatus(out, "session_authorization", user);
  }
}

package dev.tenantgate.gateway.protocol;

/** Type bytes of the messages that a backend sends, as far as the gateway looks at them. */
public final class BackendMessage {

  public static final byte AUTHENTICATION = 'R';
  public static final byte BACKEND_KEY_DATA = 'K';
  public static final byte COMMAND_COMPLETE = 'C';
  public static final byte DATA_ROW = 'D';
  public static final byte EMPTY_QUERY_RESPONSE = 'I';
  public static final byte ERROR_RESPONSE = 'E';
  public static final byte NEGOTIATE_PROTOCOL_VERSION = 'v';
  public static final byte NOTICE_RESPONSE = 'N';
  public static final byte PARAMETER_STATUS = 'S';
  public static final byte PORTAL_SUSPENDED = 's';
  public static final byte READY_FOR_QUERY = 'Z';
  public static final byte ROW_DESCRIPTION = 'T';

  private BackendMessage() {}
}

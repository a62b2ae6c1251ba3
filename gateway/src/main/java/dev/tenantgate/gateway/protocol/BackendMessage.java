package dev.tenantgate.gateway.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.util.List;

/**
 * Type bytes of the messages that a backend sends, as far as the gateway looks at them, and those
 * that it sends itself.
 */
public final class BackendMessage {

  public static final byte AUTHENTICATION = 'R';
  public static final byte BACKEND_KEY_DATA = 'K';
  public static final byte BIND_COMPLETE = '2';
  public static final byte CLOSE_COMPLETE = '3';
  public static final byte COMMAND_COMPLETE = 'C';
  public static final byte COPY_BOTH_RESPONSE = 'W';
  public static final byte COPY_DATA = 'd';
  public static final byte COPY_IN_RESPONSE = 'G';
  public static final byte DATA_ROW = 'D';
  public static final byte EMPTY_QUERY_RESPONSE = 'I';
  public static final byte ERROR_RESPONSE = 'E';
  public static final byte NEGOTIATE_PROTOCOL_VERSION = 'v';
  public static final byte NO_DATA = 'n';
  public static final byte NOTICE_RESPONSE = 'N';
  public static final byte NOTIFICATION_RESPONSE = 'A';
  public static final byte PARAMETER_DESCRIPTION = 't';
  public static final byte PARAMETER_STATUS = 'S';
  public static final byte PARSE_COMPLETE = '1';
  public static final byte PORTAL_SUSPENDED = 's';
  public static final byte READY_FOR_QUERY = 'Z';
  public static final byte ROW_DESCRIPTION = 'T';

  private BackendMessage() {}

  /** A ParameterStatus. The caller owns the buffer. */
  public static ByteBuf parameterStatus(ByteBufAllocator allocator, String name, String value) {
    ByteBuf out = allocator.buffer(name.length() + value.length() + 16);
    writeParameterStatus(out, name, value);
    return out;
  }

  /** Writes a ParameterStatus behind others. */
  public static void writeParameterStatus(ByteBuf out, String name, String value) {
    int lengthAt = out.writeByte(PARAMETER_STATUS).writerIndex();
    out.writeInt(0);
    writeString(out, name);
    writeString(out, value);
    out.setInt(lengthAt, out.writerIndex() - lengthAt);
  }

  /** A BackendKeyData. The caller owns the buffer. */
  public static ByteBuf keyData(ByteBufAllocator allocator, CancelKey key) {
    int length = 8 + key.secretBytes();
    ByteBuf out = allocator.buffer(length + 1).writeByte(BACKEND_KEY_DATA).writeInt(length);
    key.writeTo(out);
    return out;
  }

  /**
   * A NegotiateProtocolVersion. The caller owns the buffer.
   *
   * @param newest the newest minor version that is spoken here
   * @param unknownOptions the protocol options that aren't known here
   */
  public static ByteBuf negotiateProtocolVersion(
      ByteBufAllocator allocator, ProtocolVersion newest, List<String> unknownOptions) {
    ByteBuf out = allocator.buffer(64);
    out.writeByte(NEGOTIATE_PROTOCOL_VERSION).writeInt(0);
    out.writeInt(newest.code()).writeInt(unknownOptions.size());
    unknownOptions.forEach(option -> writeString(out, option));
    return out.setInt(1, out.writerIndex() - 1);
  }

  private static void writeString(ByteBuf out, String text) {
    ByteBufUtil.writeUtf8(out, text);
    out.writeByte(0);
  }
}

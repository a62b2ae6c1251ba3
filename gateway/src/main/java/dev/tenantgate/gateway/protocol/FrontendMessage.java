package dev.tenantgate.gateway.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

/** Type bytes of the messages that a frontend sends, and those that the gateway sends itself. */
public final class FrontendMessage {

  public static final byte BIND = 'B';
  public static final byte CLOSE = 'C';
  public static final byte COPY_DATA = 'd';
  public static final byte COPY_DONE = 'c';
  public static final byte COPY_FAIL = 'f';
  public static final byte DESCRIBE = 'D';
  public static final byte EXECUTE = 'E';
  public static final byte FLUSH = 'H';
  public static final byte FUNCTION_CALL = 'F';
  public static final byte PARSE = 'P';

  /** PasswordMessage, SASLInitialResponse, SASLResponse and GSSResponse. */
  public static final byte PASSWORD = 'p';

  public static final byte QUERY = 'Q';
  public static final byte SYNC = 'S';
  public static final byte TERMINATE = 'X';

  /**
   * The longest that PostgreSQL takes, less its type byte: a value of 1 GiB has no place in one.
   */
  private static final int MAX_LENGTH = 0x3ffffffe;

  private FrontendMessage() {}

  /**
   * Refuses what no server would take, before any of it is waited for.
   *
   * @param bodyBytes what its length says is behind it
   * @throws ProtocolViolation if a message can't be so long
   */
  public static void requireLength(byte type, int bodyBytes) {
    if (bodyBytes > MAX_LENGTH - 4) {
      throw invalidLength(type, bodyBytes);
    }
  }

  /**
   * Refuses a body where the protocol has none.
   *
   * @throws ProtocolViolation if there is one
   */
  public static void requireNoBody(byte type, int bodyBytes) {
    if (bodyBytes > 0) {
      throw invalidLength(type, bodyBytes);
    }
  }

  private static ProtocolViolation invalidLength(byte type, int bodyBytes) {
    return new ProtocolViolation(
        "message of type %s has an invalid length of %d bytes"
            .formatted(FrameCursor.describe(type), bodyBytes + 4L));
  }

  /** A simple Query. The caller owns the buffer. */
  public static ByteBuf query(ByteBufAllocator allocator, String sql) {
    ByteBuf out = allocator.buffer(sql.length() + 16);
    out.writeByte(QUERY).writeInt(0);
    ByteBufUtil.writeUtf8(out, sql);
    out.writeByte(0);
    return out.setInt(1, out.writerIndex() - 1);
  }

  /** A PasswordMessage. The caller owns the buffer. */
  public static ByteBuf password(ByteBufAllocator allocator, String password) {
    ByteBuf out = allocator.buffer(password.length() + 16);
    out.writeByte(PASSWORD).writeInt(0);
    ByteBufUtil.writeUtf8(out, password);
    out.writeByte(0);
    return out.setInt(1, out.writerIndex() - 1);
  }

  /** A SASLInitialResponse. The caller owns the buffer. */
  public static ByteBuf saslInitialResponse(
      ByteBufAllocator allocator, String mechanism, byte[] response) {
    ByteBuf out = allocator.buffer(mechanism.length() + response.length + 16);
    out.writeByte(PASSWORD).writeInt(0);
    ByteBufUtil.writeUtf8(out, mechanism);
    out.writeByte(0).writeInt(response.length).writeBytes(response);
    return out.setInt(1, out.writerIndex() - 1);
  }

  /** A SASLResponse. The caller owns the buffer. */
  public static ByteBuf saslResponse(ByteBufAllocator allocator, byte[] response) {
    return allocator
        .buffer(response.length + 5)
        .writeByte(PASSWORD)
        .writeInt(4 + response.length)
        .writeBytes(response);
  }

  /** A Flush. The caller owns the buffer. */
  public static ByteBuf flush(ByteBufAllocator allocator) {
    return allocator.buffer(5).writeByte(FLUSH).writeInt(4);
  }

  /** A Sync. The caller owns the buffer. */
  public static ByteBuf sync(ByteBufAllocator allocator) {
    return allocator.buffer(5).writeByte(SYNC).writeInt(4);
  }

  /** A Terminate. The caller owns the buffer. */
  public static ByteBuf terminate(ByteBufAllocator allocator) {
    return allocator.buffer(5).writeByte(TERMINATE).writeInt(4);
  }
}

package dev.tenantgate.gateway.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The messages of type {@code R}: a backend's requests at a login, told apart by the number that
 * their body begins with.
 */
public final class Authentication {

  public static final int OK = 0;
  public static final int CLEARTEXT_PASSWORD = 3;
  public static final int MD5_PASSWORD = 5;
  public static final int SASL = 10;
  public static final int SASL_CONTINUE = 11;
  public static final int SASL_FINAL = 12;

  private static final int HEADER_BYTES = 5;

  private Authentication() {}

  /** The request of a whole message; -1 if it is too short to have one. */
  public static int request(ByteBuf frame) {
    return frame.readableBytes() < HEADER_BYTES + 4
        ? -1
        : frame.getInt(frame.readerIndex() + HEADER_BYTES);
  }

  /** Whether a request is the client's to answer: the server says no more before that. */
  public static boolean asksClient(int request) {
    return request != OK && request != SASL_FINAL;
  }

  /** The body behind the number, as a view of the frame. */
  public static ByteBuf content(ByteBuf frame) {
    return frame.slice().skipBytes(HEADER_BYTES + 4);
  }

  /** The name of a request, for messages to people. */
  public static String describe(int request) {
    return switch (request) {
      case CLEARTEXT_PASSWORD -> "a cleartext password";
      case MD5_PASSWORD -> "an MD5 password";
      case 2 -> "Kerberos V5";
      case 7, 8 -> "GSSAPI";
      case 9 -> "SSPI";
      case SASL, SASL_CONTINUE, SASL_FINAL -> "SASL";
      default -> "authentication method " + request;
    };
  }

  /** AuthenticationOk. The caller owns the buffer. */
  public static ByteBuf ok(ByteBufAllocator allocator) {
    return message(allocator, OK, new byte[0]);
  }

  /** AuthenticationSASL. The caller owns the buffer. */
  public static ByteBuf sasl(ByteBufAllocator allocator, List<String> mechanisms) {
    String list = String.join("\0", mechanisms) + "\0\0";
    return message(allocator, SASL, list.getBytes(StandardCharsets.US_ASCII));
  }

  /** AuthenticationSASLContinue. The caller owns the buffer. */
  public static ByteBuf saslContinue(ByteBufAllocator allocator, byte[] challenge) {
    return message(allocator, SASL_CONTINUE, challenge);
  }

  /** AuthenticationSASLFinal. The caller owns the buffer. */
  public static ByteBuf saslFinal(ByteBufAllocator allocator, byte[] outcome) {
    return message(allocator, SASL_FINAL, outcome);
  }

  private static ByteBuf message(ByteBufAllocator allocator, int request, byte[] content) {
    return allocator
        .buffer(HEADER_BYTES + 4 + content.length)
        .writeByte(BackendMessage.AUTHENTICATION)
        .writeInt(8 + content.length)
        .writeInt(request)
        .writeBytes(content);
  }
}

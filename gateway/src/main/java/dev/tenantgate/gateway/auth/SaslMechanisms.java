package dev.tenantgate.gateway.auth;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The list of mechanisms in an AuthenticationSASL message. */
public final class SaslMechanisms {

  private static final int LIST_AT = 9;
  private static final String CHANNEL_BINDING = "-PLUS";

  private SaslMechanisms() {}

  /**
   * Whether a SASLInitialResponse says that the client would have bound the exchange to its TLS
   * connection, had it been offered (RFC 5802, section 6: {@code y}).
   *
   * @param frame the whole message; may be any of type {@code p}
   */
  public static boolean missesChannelBinding(ByteBuf frame) {
    ByteBuf body = frame.slice().skipBytes(5);
    int mechanism = body.bytesBefore((byte) 0);
    int response = mechanism + 1 + Integer.BYTES;
    return mechanism > 0
        && body.slice(body.readerIndex(), mechanism)
            .toString(StandardCharsets.US_ASCII)
            .startsWith("SCRAM-")
        && body.readableBytes() > response
        && body.getByte(body.readerIndex() + response) == 'y';
  }

  /** Whether all that a server offers are kinds of SCRAM. The frame stays the caller's. */
  public static boolean areScram(ByteBuf frame) {
    String list =
        frame.toString(
            frame.readerIndex() + LIST_AT,
            frame.readableBytes() - LIST_AT,
            StandardCharsets.US_ASCII);
    return Arrays.stream(list.split("\0", -1))
        .allMatch(name -> name.isEmpty() || name.startsWith("SCRAM-"));
  }

  /**
   * Takes out what binds the exchange to the TLS connection: the client has none, or another one,
   * so it could only fail. The rest is the server's offer to a client without channel binding.
   *
   * @param frame the whole message; released
   * @return the message for the client; the caller owns it
   */
  public static ByteBuf withoutChannelBinding(ByteBuf frame) {
    try {
      ByteBuf out = frame.alloc().buffer(frame.readableBytes());
      out.writeBytes(frame, frame.readerIndex(), LIST_AT);
      ByteBuf list = frame.slice().skipBytes(LIST_AT);
      while (true) {
        int bytes = list.bytesBefore((byte) 0);
        if (bytes <= 0) {
          break;
        }
        String name = list.readString(bytes, StandardCharsets.US_ASCII);
        list.skipBytes(1);
        if (!name.endsWith(CHANNEL_BINDING)) {
          out.writeCharSequence(name, StandardCharsets.US_ASCII);
          out.writeByte(0);
        }
      }
      out.writeByte(0);
      return out.setInt(1, out.writerIndex() - 1);
    } finally {
      frame.release();
    }
  }
}

package dev.tenantgate.gateway.testing.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The messages of clients in short. A name that is empty is written {@code -}, or nothing. Several
 * messages in a string stand with {@code &} between: {@code P - select 1 & B - & E & S}.
 *
 * <pre>
 *  Q select 1          Query                 d some data   CopyData
 *  P s select $1       Parse, as s           c             CopyDone
 *  B s 1|two           Bind of s             f reason      CopyFail
 *  B s@cur             the same, as cur      F 1234        FunctionCall, by number
 *  D S s, D P cur      Describe              S             Sync
 *  E, E cur 10         Execute               H             Flush
 *  C S s, C P cur      Close                 X             Terminate
 * </pre>
 */
public final class FrontendNotation {

  private static final int PROTOCOL_3_0 = 3 << 16;

  /** The code in the place of a protocol's version: another session's query is to be cancelled. */
  private static final int CANCEL_REQUEST = 80877102;

  private FrontendNotation() {}

  /** The bytes of a StartupMessage. */
  public static byte[] startup(Map<String, String> parameters) {
    return startup(PROTOCOL_3_0, parameters);
  }

  /** The bytes of a StartupMessage for any protocol. */
  public static byte[] startup(int version, Map<String, String> parameters) {
    StringBuilder text = new StringBuilder();
    parameters.forEach((name, value) -> text.append(name).append('\0').append(value).append('\0'));
    return untyped(version, bytes(text.toString(), "\0"));
  }

  /** The bytes of a CancelRequest. */
  public static byte[] cancelRequest(byte[] key) {
    return untyped(CANCEL_REQUEST, key);
  }

  /** The bytes of an SSLRequest. */
  public static byte[] sslRequest() {
    return untyped(80877103, new byte[0]);
  }

  /** The bytes of a GSSENCRequest. */
  public static byte[] gssEncRequest() {
    return untyped(80877104, new byte[0]);
  }

  private static byte[] untyped(int code, byte[] content) {
    return ByteBuffer.allocate(8 + content.length)
        .putInt(8 + content.length)
        .putInt(code)
        .put(content)
        .array();
  }

  /** A FunctionCall with arguments and a result in binary form. */
  public static Frame functionCall(int function, byte[]... arguments) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(int4(function));
    body.writeBytes(new byte[] {0, 1, 0, 1, 0, (byte) arguments.length});
    for (byte[] argument : arguments) {
      body.writeBytes(int4(argument.length));
      body.writeBytes(argument);
    }
    body.writeBytes(new byte[] {0, 1});
    return new Frame('F', body.toByteArray());
  }

  /** An integer of four bytes in binary form. */
  public static byte[] int4(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /** The bytes of messages one behind the other. */
  public static byte[] encode(String... messages) {
    return Frame.encode(
        Stream.of(messages)
            .flatMap(message -> Stream.of(message.split(" & ", -1)))
            .map(FrontendNotation::frame)
            .toArray(Frame[]::new));
  }

  private static Frame frame(String message) {
    char type = message.charAt(0);
    String[] words = message.split(" ", 3);
    byte[] body =
        switch (type) {
          case 'Q' -> bytes(message.substring(2), "\0");
          case 'P' -> bytes(name(words[1]), "\0", words[2], "\0\0\0");
          case 'B' -> bind(words[1], words.length < 3 ? "" : words[2]);
          case 'D', 'C' -> bytes(words[1], name(words[2]), "\0");
          case 'E' -> execute(words);
          case 'd' -> bytes(message.substring(2));
          case 'f' -> bytes(message.substring(2), "\0");
          case 'F' -> ByteBuffer.allocate(10).putInt(Integer.parseInt(words[1])).putInt(0).array();
          case 'S', 'H', 'c', 'X' -> new byte[0];
          default -> throw new IllegalArgumentException(message);
        };
    return new Frame(type, body);
  }

  private static byte[] bind(String target, String values) {
    int at = target.indexOf('@');
    String statement = name(at < 0 ? target : target.substring(0, at));
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(bytes(at < 0 ? "" : target.substring(at + 1), "\0", statement, "\0\0\0"));
    String[] each = values.isEmpty() ? new String[0] : values.split("\\|", -1);
    body.writeBytes(ByteBuffer.allocate(2).putShort((short) each.length).array());
    for (String value : each) {
      byte[] text = bytes(value);
      body.writeBytes(ByteBuffer.allocate(4).putInt(text.length).array());
      body.writeBytes(text);
    }
    body.writeBytes(new byte[2]);
    return body.toByteArray();
  }

  private static byte[] execute(String[] words) {
    byte[] portal = bytes(words.length < 2 ? "" : name(words[1]), "\0");
    int rows = words.length < 3 ? 0 : Integer.parseInt(words[2]);
    return ByteBuffer.allocate(portal.length + 4).put(portal).putInt(rows).array();
  }

  private static String name(String written) {
    return written.equals("-") ? "" : written;
  }

  static byte[] bytes(String... parts) {
    return String.join("", parts).getBytes(StandardCharsets.UTF_8);
  }

  /** The message in short. */
  static String show(Frame frame) {
    Frame.Reader in = frame.reader();
    char type = frame.type();
    return switch (type) {
      case 'Q', 'f' -> type + " " + in.string();
      case 'P' -> "P " + written(in.string()) + " " + in.string();
      case 'B' -> {
        String portal = in.string();
        String target = written(in.string()) + (portal.isEmpty() ? "" : "@" + portal);
        for (int formats = in.in().getShort(); formats > 0; formats--) {
          in.in().getShort();
        }
        yield ("B " + target + " " + in.values()).stripTrailing();
      }
      case 'D', 'C' -> type + " " + in.text(1) + " " + written(in.string());
      case 'E' -> {
        String portal = in.string();
        int rows = in.in().getInt();
        yield portal.isEmpty() && rows == 0 ? "E" : "E " + written(portal) + " " + rows;
      }
      case 'd' -> "d " + in.rest();
      case 'F' -> "F " + in.in().getInt();
      default -> String.valueOf(type);
    };
  }

  private static String written(String name) {
    return name.isEmpty() ? "-" : name;
  }
}

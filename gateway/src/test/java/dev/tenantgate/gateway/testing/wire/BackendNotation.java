package dev.tenantgate.gateway.testing.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages of the server in short.
 *
 * <pre>
 *  C SELECT 1       CommandComplete           1, 2, 3   Parse-, Bind-, CloseComplete
 *  Z I, Z T, Z E    ReadyForQuery             n, s, I   NoData, PortalSuspended, EmptyQueryResponse
 *  T a|b            RowDescription            G, H, W   CopyIn-, CopyOut-, CopyBothResponse
 *  D 1|null         DataRow                   d, c      CopyData, CopyDone
 *  E 42601 text     ErrorResponse             N 01000   NoticeResponse
 *  E! 57P01 text    the same, FATAL           S a=b     ParameterStatus
 *  V 1              FunctionCallResponse      A 7 c p   NotificationResponse of process 7
 *  t                ParameterDescription
 * </pre>
 *
 * <p>An error's last word in brackets is its routine: {@code E 0A000 cached plan (Revalidate)}.
 */
public final class BackendNotation {

  private BackendNotation() {}

  /** Its bytes. */
  public static byte[] encode(String message) {
    char type = message.charAt(0);
    String rest = message.length() > 2 ? message.substring(2) : "";
    byte[] body =
        switch (type) {
          case 'C' -> FrontendNotation.bytes(rest, "\0");
          case 'Z' -> FrontendNotation.bytes(rest);
          case 'T' -> rowDescription(rest);
          case 'D' -> row(rest);
          case 'E' -> report(message.startsWith("E! ") ? "FATAL" : "ERROR", message);
          case 'N' -> report(rest.startsWith("01") ? "WARNING" : "NOTICE", message);
          case 'S' -> FrontendNotation.bytes(rest.replaceFirst("=", "\0"), "\0");
          case 'A' -> notification(rest.split(" ", 3));
          case 'G', 'H', 'W' -> new byte[] {0, 0, 1, 0, 0};
          case 'd' -> FrontendNotation.bytes(rest);
          case 'V' -> value(rest);
          case 't' -> new byte[2];
          case 'R' -> new byte[4];
          case '1', '2', '3', 'n', 's', 'I', 'c' -> new byte[0];
          default -> throw new IllegalArgumentException(message);
        };
    return new Frame(type, body).encoded();
  }

  /** A BackendKeyData. */
  static byte[] keyData(int process, int secret) {
    return new Frame('K', ByteBuffer.allocate(8).putInt(process).putInt(secret).array()).encoded();
  }

  private static byte[] rowDescription(String columns) {
    String[] names = columns.isEmpty() ? new String[] {"?column?"} : columns.split("\\|", -1);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(ByteBuffer.allocate(2).putShort((short) names.length).array());
    for (String name : names) {
      body.writeBytes(FrontendNotation.bytes(name, "\0"));
      body.writeBytes(
          ByteBuffer.allocate(18)
              .putInt(0)
              .putShort((short) 0)
              .putInt(25)
              .putShort((short) -1)
              .putInt(-1)
              .putShort((short) 0)
              .array());
    }
    return body.toByteArray();
  }

  private static byte[] row(String values) {
    String[] each = values.split("\\|", -1);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(ByteBuffer.allocate(2).putShort((short) each.length).array());
    for (String value : each) {
      body.writeBytes(value.equals("null") ? new byte[] {-1, -1, -1, -1} : value(value));
    }
    return body.toByteArray();
  }

  private static byte[] value(String value) {
    byte[] text = FrontendNotation.bytes(value);
    return ByteBuffer.allocate(4 + text.length).putInt(text.length).put(text).array();
  }

  private static byte[] report(String severity, String message) {
    String[] words = message.split(" ", 3);
    String text = words.length < 3 ? "told" : words[2];
    String routine = "";
    if (text.endsWith(")")) {
      int at = text.lastIndexOf('(');
      routine = "R" + text.substring(at + 1, text.length() - 1) + "\0";
      text = text.substring(0, at).strip();
    }
    return FrontendNotation.bytes(
        "S", severity, "\0V", severity, "\0C", words[1], "\0M", text, "\0", routine, "\0");
  }

  private static byte[] notification(String[] words) {
    byte[] texts = FrontendNotation.bytes(words[1], "\0", words.length < 3 ? "" : words[2], "\0");
    return ByteBuffer.allocate(4 + texts.length)
        .putInt(Integer.parseInt(words[0]))
        .put(texts)
        .array();
  }

  /** The message in short. */
  static String show(Frame frame) {
    Frame.Reader in = frame.reader();
    char type = frame.type();
    return switch (type) {
      case 'C' -> "C " + in.string();
      case 'Z', 'd' -> type + " " + in.rest();
      case 'T' -> "T " + columns(in);
      case 'D' -> "D " + in.values();
      case 'E', 'N' -> report(type, in);
      case 'S' -> "S " + in.string() + "=" + in.string();
      case 'A' -> ("A " + in.in().getInt() + " " + in.string() + " " + in.string()).strip();
      case 'V' -> "V " + in.value();
      default -> String.valueOf(type);
    };
  }

  private static String columns(Frame.Reader in) {
    List<String> names = new ArrayList<>();
    for (int left = in.in().getShort(); left > 0; left--) {
      names.add(in.string());
      in.text(18);
    }
    return String.join("|", names);
  }

  private static String report(char type, Frame.Reader in) {
    String severity = "";
    String code = "";
    String text = "";
    String routine = "";
    for (String field = in.string(); !field.isEmpty(); field = in.string()) {
      String value = field.substring(1);
      switch (field.charAt(0)) {
        case 'S' -> severity = value;
        case 'C' -> code = value;
        case 'M' -> text = value;
        case 'R' -> routine = " (" + value + ")";
        default -> {}
      }
    }
    return type + (severity.equals("FATAL") ? "! " : " ") + code + " " + text + routine;
  }

  /**
   * The message in brief: without the names of columns, a function's value, the text of an error,
   * whether that is FATAL, and the line end behind copied data.
   */
  public static String brief(Frame frame) {
    return switch (frame.type()) {
      case 'T', 'V' -> String.valueOf(frame.type());
      case 'E', 'N' -> frame.type() + " " + frame.field('C');
      case 'd' -> show(frame).stripTrailing();
      default -> show(frame);
    };
  }

  /**
   * Whether a message is what was expected, in full or in brief; of errors, notices and column
   * names their begin is enough.
   */
  static boolean matches(String expected, Frame frame) {
    String shown = show(frame);
    boolean byItsBegin = "ENT".indexOf(expected.charAt(0)) >= 0;
    return shown.equals(expected)
        || (byItsBegin && shown.startsWith(expected))
        || brief(frame).equals(expected);
  }
}

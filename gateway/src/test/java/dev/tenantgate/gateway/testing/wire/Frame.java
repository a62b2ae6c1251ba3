package dev.tenantgate.gateway.testing.wire;

import static java.util.stream.Collectors.joining;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message with a type.
 *
 * @param type its first byte
 * @param body what stands behind its length
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record Frame(char type, byte[] body) {

  /** No test's message is longer: a length beyond is no message's. */
  private static final int MOST_BYTES = 256 << 20;

  /** Its bytes as they are sent. */
  public byte[] encoded() {
    return ByteBuffer.allocate(5 + body.length)
        .put((byte) type)
        .putInt(4 + body.length)
        .put(body)
        .array();
  }

  /** The bytes of messages one behind the other. */
  static byte[] encode(Frame... frames) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Frame frame : frames) {
      all.writeBytes(frame.encoded());
    }
    return all.toByteArray();
  }

  /** Reads a message behind its type. */
  public static Frame read(char type, DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 4 || length > MOST_BYTES) {
      throw new IOException("no message: '%c' of %d bytes".formatted(type, length));
    }
    byte[] body = new byte[length - 4];
    in.readFully(body);
    return new Frame(type, body);
  }

  /** The last of some messages. */
  public static Frame last(List<Frame> frames) {
    return frames.get(frames.size() - 1);
  }

  /** The types of messages, as a word. */
  public static String types(List<Frame> frames) {
    return frames.stream().map(frame -> String.valueOf(frame.type())).collect(joining());
  }

  /** An error's or a notice's field; empty if it has none of that type. */
  public String field(char wanted) {
    Reader in = reader();
    for (String field = in.string(); !field.isEmpty(); field = in.string()) {
      if (field.charAt(0) == wanted) {
        return field.substring(1);
      }
    }
    return "";
  }

  /** Reads the body from its begin. */
  Reader reader() {
    return new Reader(ByteBuffer.wrap(body));
  }

  /** The whole messages at the begin of some bytes, and how many bytes they take. */
  static int parse(byte[] bytes, List<Frame> frames) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int end = 0;
    while (in.remaining() >= 5 && in.remaining() > in.getInt(in.position() + 1)) {
      char type = (char) in.get();
      byte[] body = new byte[in.getInt() - 4];
      in.get(body);
      frames.add(new Frame(type, body));
      end = in.position();
    }
    return end;
  }

  /** Reads fields one after another. */
  record Reader(ByteBuffer in) {

    /** Up to a NUL, or to the end of a message that lacks one. */
    String string() {
      int end = in.position();
      while (end < in.limit() && in.get(end) != 0) {
        end++;
      }
      String text = text(end - in.position());
      in.position(Math.min(end + 1, in.limit()));
      return text;
    }

    /** Values with a length each, behind their number. */
    String values() {
      List<String> values = new ArrayList<>();
      for (int left = in.getShort(); left > 0; left--) {
        values.add(value());
      }
      return String.join("|", values);
    }

    /** A value behind its length. */
    String value() {
      int bytes = in.getInt();
      return bytes < 0 ? "null" : text(bytes);
    }

    String text(int bytes) {
      byte[] value = new byte[bytes];
      in.get(value);
      return new String(value, StandardCharsets.UTF_8);
    }

    String rest() {
      return text(in.remaining());
    }
  }
}

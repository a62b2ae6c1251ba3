package dev.tenantgate.gateway.practice;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Collects messages until they are sent together. Grows as needed. Confined to one thread.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">Message
 *     Formats</a>
 */
final class MessageWriter {

  private static final int FIRST_BYTES = 8 * 1024;
  private static final int LENGTH_BYTES = 4;

  private ByteBuffer bytes = ByteBuffer.allocate(FIRST_BYTES);
  private int lengthAt;

  /** Begins a message with its type. */
  MessageWriter begin(char type) {
    room(1 + LENGTH_BYTES).put((byte) type);
    return beginUntyped();
  }

  /** Begins a message that has no type: the first of a connection. */
  MessageWriter beginUntyped() {
    lengthAt = bytes.position();
    room(LENGTH_BYTES).putInt(0);
    return this;
  }

  MessageWriter oneByte(int value) {
    room(1).put((byte) value);
    return this;
  }

  MessageWriter twoBytes(int value) {
    room(Short.BYTES).putShort((short) value);
    return this;
  }

  MessageWriter fourBytes(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  MessageWriter bytes(byte[] value) {
    room(value.length).put(value);
    return this;
  }

  /** A text that ends with a zero byte. */
  MessageWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8)).oneByte(0);
  }

  /** Ends the message: its length is known now. */
  void end() {
    bytes.putInt(lengthAt, bytes.position() - lengthAt);
  }

  /** A message without a body. */
  void empty(char type) {
    begin(type).end();
  }

  void sendTo(OutputStream out) throws IOException {
    out.write(bytes.array(), 0, bytes.position());
    out.flush();
    bytes.clear();
  }

  private ByteBuffer room(int more) {
    if (bytes.remaining() < more) {
      bytes.flip();
      bytes = ByteBuffer.allocate(2 * (bytes.limit() + more)).put(bytes);
    }
    return bytes;
  }
}

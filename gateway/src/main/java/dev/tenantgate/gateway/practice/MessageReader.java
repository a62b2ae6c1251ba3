package dev.tenantgate.gateway.practice;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads one message after the other. Confined to one thread. */
final class MessageReader {

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int LENGTH_BYTES = 4;

  private final DataInputStream in;
  private byte[] body = new byte[0];
  private int at;

  MessageReader(InputStream in) {
    this.in = new DataInputStream(new BufferedInputStream(in, BUFFER_BYTES));
  }

  /**
   * Reads the next message.
   *
   * @return its type
   * @throws java.io.EOFException if there is none
   */
  char next() throws IOException {
    char type = (char) in.readByte();
    nextUntyped();
    return type;
  }

  /** Reads a message that has no type: the first of a connection. */
  void nextUntyped() throws IOException {
    body = in.readNBytes(in.readInt() - LENGTH_BYTES);
    at = 0;
  }

  int oneByte() {
    return body[at++];
  }

  int fourBytes() {
    int value = java.nio.ByteBuffer.wrap(body).getInt(at);
    at += Integer.BYTES;
    return value;
  }

  /** A text up to its zero byte. */
  String text() {
    int from = at;
    while (body[at] != 0) {
      at++;
    }
    return new String(body, from, at++ - from, StandardCharsets.UTF_8);
  }

  /** All that is left of the message. */
  byte[] rest() {
    return java.util.Arrays.copyOfRange(body, at, body.length);
  }
}

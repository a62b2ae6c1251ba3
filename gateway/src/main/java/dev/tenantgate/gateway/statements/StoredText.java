package dev.tenantgate.gateway.statements;

import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The bytes of a text in memory, as they are or deflated. Immutable.
 *
 * @param bytes never changed
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record StoredText(byte[] bytes, boolean isDeflated) {

  /** A shorter text isn't worth it. */
  private static final int LEAST_BYTES = 256;

  /** A deflater and an inflater for each thread, used one at a time. */
  private static final ThreadLocal<Deflater> DEFLATER =
      ThreadLocal.withInitial(() -> new Deflater(Deflater.DEFAULT_COMPRESSION, true));

  private static final ThreadLocal<Inflater> INFLATER =
      ThreadLocal.withInitial(() -> new Inflater(true));

  static StoredText of(byte[] bytes) {
    return new StoredText(bytes, false);
  }

  int heapBytes() {
    return bytes.length;
  }

  /** The same in less memory, if that can be. */
  StoredText deflated() {
    if (isDeflated || bytes.length < LEAST_BYTES) {
      return this;
    }
    Deflater deflater = DEFLATER.get();
    deflater.reset();
    deflater.setInput(bytes);
    deflater.finish();
    byte[] out = new byte[bytes.length - bytes.length / 8];
    int length = deflater.deflate(out);
    if (!deflater.finished()) {
      return this; // it has nothing to leave out
    }
    byte[] less = new byte[length];
    System.arraycopy(out, 0, less, 0, length);
    return new StoredText(less, true);
  }

  /**
   * The text's bytes, not to be changed.
   *
   * @param length how many there are
   */
  byte[] inflated(int length) {
    if (!isDeflated) {
      return bytes;
    }
    Inflater inflater = INFLATER.get();
    inflater.reset();
    inflater.setInput(bytes);
    byte[] out = new byte[length];
    try {
      int at = 0;
      while (at < length && !inflater.finished()) {
        at += inflater.inflate(out, at, length - at);
      }
    } catch (DataFormatException e) {
      throw new IllegalStateException("a text that was deflated here can't be inflated", e);
    }
    return out;
  }
}

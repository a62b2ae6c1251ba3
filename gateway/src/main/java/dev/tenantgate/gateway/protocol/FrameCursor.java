package dev.tenantgate.gateway.protocol;

import io.netty.buffer.ByteBuf;

/**
 * Finds the frames in a stream that is forwarded as it arrives: type byte, then a length of four
 * bytes that counts itself and the body. Looks at headers, and at the first byte of bodies whose
 * type a subclass asks for; skips everything else without touching it, so a frame of 1 GiB costs
 * what one of five bytes does. Keeps its place across buffers, wherever they are cut.
 *
 * <p>Allocates nothing and changes no buffer. Event-loop confined.
 *
 * <p>Source: section "Overview of messages" of the protocol documentation.
 */
public abstract class FrameCursor {

  private static final int HEADER_BYTES = 5;

  /** Bytes of the current frame's body that are still to come. */
  private int bodyRemaining;

  /** Bytes of the next frame's header seen so far: 0 to 4 of them. */
  private int headerSeen;

  private byte type;
  private int length;
  private boolean firstByteWanted;

  /**
   * Passes over the readable bytes of a buffer.
   *
   * @throws ProtocolViolation at a length that can't be
   */
  public final void advance(ByteBuf buffer) {
    int index = buffer.readerIndex();
    int end = buffer.writerIndex();
    while (index < end) {
      if (bodyRemaining > 0) {
        if (firstByteWanted) {
          firstByteWanted = false;
          onFirstByte(type, buffer.getByte(index));
        }
        int step = Math.min(bodyRemaining, end - index);
        bodyRemaining -= step;
        index += step;
      } else if (headerSeen == 0 && end - index >= HEADER_BYTES) {
        begin(buffer.getByte(index), buffer.getInt(index + 1));
        index += HEADER_BYTES;
      } else {
        headerByte(buffer.getByte(index++));
      }
    }
  }

  private void headerByte(byte value) {
    if (headerSeen == 0) {
      type = value;
      length = 0;
      headerSeen = 1;
      return;
    }
    length = (length << 8) | (value & 0xff);
    if (++headerSeen == HEADER_BYTES) {
      begin(type, length);
    }
  }

  private void begin(byte frameType, int frameLength) {
    headerSeen = 0;
    type = frameType;
    bodyRemaining = bodyBytes(frameType, frameLength);
    firstByteWanted = onFrame(frameType, bodyRemaining) && bodyRemaining > 0;
  }

  /**
   * A frame's body in bytes, by the length in its header, which counts itself.
   *
   * @throws ProtocolViolation at a length that can't be
   */
  static int bodyBytes(byte frameType, int frameLength) {
    if (frameLength < 4) {
      throw new ProtocolViolation(
          "message of type %s has an invalid length of %d bytes"
              .formatted(describe(frameType), frameLength));
    }
    return frameLength - 4;
  }

  /** Whether the next byte begins a frame, so that a message of our own may stand here. */
  public final boolean atBoundary() {
    return bodyRemaining == 0 && headerSeen == 0;
  }

  /**
   * A frame begins.
   *
   * @param frameType its type byte
   * @param bodyBytes length of its body in bytes
   * @return whether {@link #onFirstByte} wants to see the first byte of the body
   */
  protected abstract boolean onFrame(byte frameType, int bodyBytes);

  /** The first byte of the body of a frame for which {@link #onFrame} said true. */
  protected abstract void onFirstByte(byte frameType, byte value);

  /** A type byte as people read it: {@code 'Z'}, or {@code 0x16} where it is no letter. */
  public static String describe(byte frameType) {
    return frameType > ' ' && frameType < 127
        ? "'" + (char) frameType + "'"
        : "0x%02x".formatted(frameType & 0xff);
  }
}

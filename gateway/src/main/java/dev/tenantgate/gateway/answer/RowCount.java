package dev.tenantgate.gateway.answer;

import dev.tenantgate.gateway.protocol.BackendMessage;
import io.netty.buffer.ByteBuf;

/**
 * Counts rows, and copied data, in what a backend sends, over buffers that end anywhere. Copies
 * nothing. Event-loop confined.
 */
public final class RowCount {

  public static final int HEADER_BYTES = 5;
  public static final byte PARAMETER_DESCRIPTION = 't';
  private static final byte COPY_DATA = 'd';

  private long rows;

  /** Bytes of the current message that are still to come. */
  private long rest;

  /** Bytes of a header that a buffer's end has cut, and what they say so far. */
  private int headerBytes;

  private byte type;
  private int length;

  /** Starts at a message's beginning. */
  public void begin() {
    rows = 0;
    rest = 0;
    headerBytes = 0;
  }

  public void add(ByteBuf part) {
    int at = part.readerIndex();
    int end = part.writerIndex();
    while (at < end) {
      if (rest > 0) {
        int step = (int) Math.min(rest, end - at);
        rest -= step;
        at += step;
      } else {
        header(part.getByte(at++));
      }
    }
  }

  private void header(byte next) {
    if (headerBytes == 0) {
      type = next;
      length = 0;
    } else {
      length = (length << Byte.SIZE) | (next & 0xff);
    }
    if (++headerBytes == HEADER_BYTES) {
      headerBytes = 0;
      rest = Math.max(0, length - 4L);
      rows += type == BackendMessage.DATA_ROW || type == COPY_DATA ? 1 : 0;
    }
  }

  public long rows() {
    return rows;
  }
}

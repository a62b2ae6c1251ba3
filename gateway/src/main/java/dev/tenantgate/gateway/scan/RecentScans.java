package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/**
 * Findings in short texts, by the text: applications send the same few again and again, one {@code
 * SET LOCAL} for each of their tenants.
 *
 * <p>A table of a fixed size in which a text takes the place of another with which it shares a
 * slot; texts are compared byte by byte. It holds at most {@value #SLOTS} texts of {@value
 * #MOST_BYTES} bytes, some hundred KiB. Confined to one thread.
 */
final class RecentScans {

  /** A power of two. */
  static final int SLOTS = 1_024;

  static final int MOST_BYTES = 256;

  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  private final @Nullable Scan[] slots = new @Nullable Scan[SLOTS];

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Scan(byte[] text, ScannedQuery query) {}

  /** The finding in a text; null if it isn't remembered. */
  @Nullable ScannedQuery find(ByteBuf text, int from, int bytes) {
    if (bytes > MOST_BYTES) {
      return null;
    }
    Scan scan = slots[slot(text, from, bytes)];
    return scan != null && isEqual(scan.text(), text, from, bytes) ? scan.query() : null;
  }

  /** Remembers what was found in a text, unless it is too long for that. */
  void remember(ByteBuf text, int from, int bytes, ScannedQuery query) {
    if (bytes <= MOST_BYTES) {
      slots[slot(text, from, bytes)] =
          new Scan(ByteBufUtil.getBytes(text, from, bytes, true), query);
    }
  }

  private static int slot(ByteBuf text, int from, int bytes) {
    long hash = bytes;
    int at = from;
    int end = from + bytes;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      hash = (hash ^ text.getLongLE(at)) * MIX;
      hash ^= hash >>> 32;
    }
    for (; at < end; at++) {
      hash = (hash ^ text.getByte(at)) * MIX;
    }
    return (int) (hash >>> 40) & (SLOTS - 1);
  }

  private static boolean isEqual(byte[] known, ByteBuf text, int from, int bytes) {
    if (known.length != bytes) {
      return false;
    }
    for (int i = 0; i < bytes; i++) {
      if (known[i] != text.getByte(from + i)) {
        return false;
      }
    }
    return true;
  }
}

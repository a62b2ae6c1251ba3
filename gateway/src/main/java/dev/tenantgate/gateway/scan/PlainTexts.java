package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Short texts that were looked at before, and do nothing to their session: a driver sends the same
 * ones again and again. Each text has one place, by its hash; it is kept when it comes a second
 * time, so that texts with values in them don't displace all others. Takes 128 KiB at most, and
 * nothing before the first text. Event-loop confined.
 */
public final class PlainTexts {

  /** Longer ones are looked at each time. */
  public static final int MOST_BYTES = 512;

  private static final int PLACES = 256;
  private static final long MIX = 0x9E3779B97F4A7C15L;

  private @Nullable ByteBuf @Nullable [] texts;
  private final long[] hashes = new long[PLACES];

  /** The hash of the text that was asked for last; 0 for one that is too long. */
  private long asked;

  // The texts were judged by these.
  private @Nullable Object first;
  private @Nullable Object second;
  private @Nullable Object third;
  private @Nullable Object fourth;

  /** Forgets all that was judged by other objects than these. */
  public void judgedBy(Object one, Object two, Object three, Object four) {
    if (one != first || two != second || three != third || four != fourth) {
      first = one;
      second = two;
      third = three;
      fourth = four;
      texts = null;
      Arrays.fill(hashes, 0);
    }
  }

  /** Whether a text is one of them. */
  public boolean has(ByteBuf in, int at, int bytes) {
    asked = bytes > MOST_BYTES ? 0 : hash(in, at, bytes);
    @Nullable ByteBuf[] known = texts;
    ByteBuf text = known == null || asked == 0 ? null : known[place(asked)];
    return text != null
        && hashes[place(asked)] == asked
        && text.readableBytes() == bytes
        && ByteBufUtil.equals(in, at, text, 0, bytes);
  }

  /** Whether the text that was {@link #has asked for} last is worth to be {@link #add added}. */
  public boolean isRepeated() {
    if (asked == 0) {
      return false;
    }
    boolean repeated = hashes[place(asked)] == asked;
    hashes[place(asked)] = asked;
    return repeated;
  }

  /** Adds that text, which does nothing to its session. */
  public void add(ByteBuf in, int at, int bytes) {
    @Nullable ByteBuf[] known = texts;
    if (known == null) {
      known = new @Nullable ByteBuf[PLACES];
      texts = known;
    }
    byte[] text = new byte[bytes];
    in.getBytes(at, text);
    known[place(asked)] = Unpooled.wrappedBuffer(text);
  }

  private static int place(long hash) {
    return (int) (hash >>> 56) & (PLACES - 1);
  }

  private static long hash(ByteBuf in, int at, int bytes) {
    int end = at + bytes;
    long hash = bytes * MIX;
    int i = at;
    for (; i + Long.BYTES <= end; i += Long.BYTES) {
      hash = mixed(hash ^ in.getLongLE(i));
    }
    if (i < end) {
      long rest = 0;
      for (; i < end; i++) {
        rest = rest << Byte.SIZE | (in.getByte(i) & 0xff);
      }
      hash = mixed(hash ^ rest);
    }
    return hash | 1; // 0 is of no text
  }

  private static long mixed(long value) {
    long product = value * MIX;
    return product ^ (product >>> 29);
  }
}

package dev.tenantgate.gateway.memory;

import dev.tenantgate.config.LimitSettings;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.internal.PlatformDependent;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory for what waits to be written, to clients and to servers. A channel on which nothing
 * waits costs one look; the others are counted, by the size of the buffers that they hold. The more
 * of the budget is used up, the less may wait on each channel before the other side is no longer
 * read, and the smaller are the reads: down to some hundred bytes. Nobody is refused, and nobody is
 * ended. Thread-safe.
 */
public final class OutboundBudget {

  /** So much waits on one channel at most while there is plenty. */
  private static final int MOST_BYTES = 256 * 1024;

  /** So little may wait in any case. */
  private static final int LEAST_BYTES = 512;

  /** So little may wait as long as a sixteenth of the budget has room for it on all channels. */
  private static final int LEAST_BYTES_OF_FEW = 4 * 1024;

  /**
   * One channel may take a sixteenth of what is left: many that come at once get about the same.
   */
  private static final int SHARE_DIVISOR = 16;

  private static final int FLOOR_DIVISOR = 16;

  /** An eighth of the budget is for what comes until a channel's other side isn't read. */
  private static final int RESERVE_DIVISOR = 8;

  /** By the power of two that the upper mark is; reading goes on at a fourth of it. */
  private static final WriteBufferWaterMark[] MARKS = marks();

  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<EventLoop, OutboundChannels> channels = new ConcurrentHashMap<>();
  private volatile int share;

  /** A budget of so many bytes. */
  public OutboundBudget(long limit) {
    this.limit = limit;
    this.share = shareOf(0, 0);
  }

  /**
   * By the settings; a fourth of what there may be of direct memory, where they leave it to that.
   */
  public static OutboundBudget of(LimitSettings settings) {
    return new OutboundBudget(
        settings.outboundMebibytes() > 0
            ? (long) settings.outboundMebibytes() << 20
            : PlatformDependent.maxDirectMemory() / 4);
  }

  private static WriteBufferWaterMark[] marks() {
    WriteBufferWaterMark[] marks = new WriteBufferWaterMark[powerOfTwo(MOST_BYTES) + 1];
    for (int i = 0; i < marks.length; i++) {
      int high = Math.max(LEAST_BYTES, 1 << i);
      marks[i] = new WriteBufferWaterMark(high / 4, high);
    }
    return marks;
  }

  private static int powerOfTwo(int bytes) {
    return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(bytes);
  }

  /** How much may wait on a channel while there is plenty. */
  public static WriteBufferWaterMark plenty() {
    return MARKS[MARKS.length - 1];
  }

  /** The account of a new channel, closed with it. */
  public OutboundMemory open(Channel channel) {
    OutboundMemory memory =
        new OutboundMemory(
            this,
            channels.computeIfAbsent(channel.eventLoop(), loop -> new OutboundChannels(loop)),
            channel);
    memory.attach();
    return memory;
  }

  /**
   * Buffers to read into, which adapt to what comes and are no larger than what may wait.
   *
   * @param minimum bytes of the smallest, as long as there is plenty
   * @param initial bytes of the first
   * @param maximum bytes of the largest
   * @param mostReads of one channel in a turn of its event loop
   */
  public RecvByteBufAllocator receiveBuffers(int minimum, int initial, int maximum, int mostReads) {
    return new BoundedReads(this, minimum, initial, maximum, mostReads);
  }

  /** Bound and use, for metrics. */
  public Bound metered() {
    return new Bound("outbound_bytes", () -> limit, used::get);
  }

  /** Bytes that may wait on one channel; as many are read at once at most. */
  int share() {
    return share;
  }

  /**
   * Where a channel's peer is no longer read.
   *
   * @param pending bytes that wait on the channel
   * @param held bytes of the buffers that they are in
   */
  WriteBufferWaterMark mark(long pending, long held) {
    int bytes = share;
    if (bytes >= MOST_BYTES) {
      return plenty();
    }
    // Of buffers that are hardly filled fewer bytes may wait.
    long least = Math.max(LEAST_BYTES, pending < held ? bytes * pending / held : bytes);
    return MARKS[powerOfTwo((int) least)];
  }

  /** A channel begins or ceases to have something waiting. */
  void channels(int more) {
    waiting.addAndGet(more);
  }

  /** So many bytes more wait, or fewer. */
  void add(long more) {
    share = shareOf(used.addAndGet(more), waiting.get());
  }

  private int shareOf(long now, int on) {
    long least = limit / FLOOR_DIVISOR / Math.max(1, on);
    long left = limit - limit / RESERVE_DIVISOR - now;
    long floor = Math.max(LEAST_BYTES, Math.min(LEAST_BYTES_OF_FEW, least));
    return (int) Math.max(floor, Math.min(MOST_BYTES, left / SHARE_DIVISOR));
  }
}

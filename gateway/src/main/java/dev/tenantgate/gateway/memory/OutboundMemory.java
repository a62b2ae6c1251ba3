package dev.tenantgate.gateway.memory;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

/**
 * How much of the {@link OutboundBudget} waits on one channel. Confined to the channel's event
 * loop.
 */
public final class OutboundMemory {

  private static final AttributeKey<OutboundMemory> KEY =
      AttributeKey.valueOf(OutboundMemory.class, "memory");

  /** So many buffers are looked at each time; more, when their number has grown by a fourth. */
  private static final int FEW_BUFFERS = 64;

  private final OutboundBudget budget;
  private final OutboundChannels channels;
  private final Channel channel;

  /** In the list of the event loop's channels on which something waits. */
  @Nullable OutboundMemory before;

  @Nullable OutboundMemory after;

  private boolean waiting;
  private boolean closed;
  private long held;

  // ---- as it was when the buffers were looked at
  private long pendingThen;
  private int buffersThen;

  OutboundMemory(OutboundBudget budget, OutboundChannels channels, Channel channel) {
    this.budget = budget;
    this.channels = channels;
    this.channel = channel;
  }

  void attach() {
    channel.attr(KEY).set(this);
    channel.closeFuture().addListener(gone -> close());
  }

  /** The account of a channel. */
  public static OutboundMemory of(Channel channel) {
    OutboundMemory memory = channel.attr(KEY).get();
    return memory == null ? new OutboundBudget(Long.MAX_VALUE / 2).open(channel) : memory;
  }

  /** Bytes that wait to be written. */
  public long pending() {
    ChannelOutboundBuffer buffers = channel.unsafe().outboundBuffer();
    return buffers == null ? 0 : buffers.totalPendingWriteBytes();
  }

  /** Flushes the channel; bytes that it can't take wait. */
  public void flush() {
    channel.flush();
    ChannelOutboundBuffer buffers = channel.unsafe().outboundBuffer();
    if (buffers != null && (waiting || buffers.totalPendingWriteBytes() > 0)) {
      count(buffers, false);
    }
  }

  /** Looks again, some time later. */
  void look() {
    ChannelOutboundBuffer buffers = channel.unsafe().outboundBuffer();
    if (buffers == null) {
      end();
    } else {
      count(buffers, true);
    }
  }

  private void count(ChannelOutboundBuffer buffers, boolean anew) {
    long pending = buffers.totalPendingWriteBytes();
    if (pending == 0 || closed) {
      end();
      return;
    }
    begin();
    int number = buffers.size();
    long now;
    if (anew || number <= FEW_BUFFERS || number > buffersThen + buffersThen / 4) {
      now = Math.max(pending, capacity(buffers));
      pendingThen = pending;
      buffersThen = number;
    } else {
      now = Math.max(pending, held + pending - pendingThen);
      pendingThen = pending;
    }
    budget.add(now - held);
    held = now;
    bound(budget.mark(pending, now));
  }

  /** Bytes of the buffers; parts of the same one follow each other. */
  private static long capacity(ChannelOutboundBuffer buffers) {
    Sum sum = new Sum();
    try {
      buffers.forEachFlushedMessage(sum);
    } catch (Exception e) {
      throw new IllegalStateException(e); // none is thrown
    }
    return sum.bytes;
  }

  private static final class Sum implements ChannelOutboundBuffer.MessageProcessor {

    private long bytes;
    private @Nullable ByteBuf last;

    @Override
    @SuppressWarnings("ReferenceEquality") // the same buffer, not one with the same bytes
    public boolean processMessage(Object message) {
      if (message instanceof ByteBuf buffer) {
        ByteBuf whole = buffer;
        for (ByteBuf in = whole.unwrap(); in != null; in = in.unwrap()) {
          whole = in;
        }
        if (whole != last) {
          last = whole;
          bytes += whole.capacity();
        }
      }
      return true;
    }
  }

  @SuppressWarnings("ReferenceEquality") // there is one of each
  private void bound(WriteBufferWaterMark mark) {
    if (channel.config().getWriteBufferWaterMark() != mark) {
      channel.config().setWriteBufferWaterMark(mark);
    }
  }

  private void begin() {
    if (!waiting) {
      waiting = true;
      budget.channels(1);
      channels.add(this);
    }
  }

  private void end() {
    if (waiting) {
      waiting = false;
      buffersThen = 0;
      channels.remove(this);
      budget.channels(-1);
      budget.add(-held);
      held = 0;
      bound(OutboundBudget.plenty());
    }
  }

  private void close() {
    closed = true;
    end();
  }
}

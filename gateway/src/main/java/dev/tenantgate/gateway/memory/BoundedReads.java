package dev.tenantgate.gateway.memory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Adapts to what comes, and reads no more at once than may wait to be written. Does what Netty's
 * adaptive one does, in one small object for a channel instead of four: there is one for each
 * client, and each read asks it a dozen times. Thread-safe.
 */
final class BoundedReads implements RecvByteBufAllocator {

  /** A buffer that was filled is followed by one of so many times the size, in bits. */
  private static final int GROWS_BY = 4;

  private final OutboundBudget budget;
  private final int minimum;
  private final int initial;
  private final int maximum;
  private final int mostReads;

  /**
   * Makes it.
   *
   * @param mostReads of one channel in a turn of its event loop
   */
  BoundedReads(OutboundBudget budget, int minimum, int initial, int maximum, int mostReads) {
    this.budget = budget;
    this.minimum = minimum;
    this.initial = initial;
    this.maximum = maximum;
    this.mostReads = mostReads;
  }

  @Override
  @SuppressWarnings("deprecation") // as the interface's
  public Handle newHandle() {
    return new Reads();
  }

  /** Of one channel. Event-loop confined. */
  private final class Reads implements ExtendedHandle {

    private @Nullable ChannelConfig config;
    private int next = initial;

    /** The last turn's reads would have fitted into half of it. */
    private boolean wasTooLarge;

    private int reads;
    private int bytes;
    private int attempted;
    private int last;

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return allocator.ioBuffer(guess());
    }

    @Override
    public int guess() {
      return Math.min(next, budget.share());
    }

    @Override
    public void reset(ChannelConfig channel) {
      config = channel;
      reads = 0;
      bytes = 0;
    }

    @Override
    public void incMessagesRead(int more) {
      reads += more;
    }

    @Override
    public void lastBytesRead(int read) {
      last = read;
      if (read > 0) {
        bytes += read;
        if (read == attempted) {
          adaptTo(read);
        }
      }
    }

    @Override
    public int lastBytesRead() {
      return last;
    }

    @Override
    public void attemptedBytesRead(int most) {
      attempted = most;
    }

    @Override
    public int attemptedBytesRead() {
      return attempted;
    }

    @Override
    public boolean continueReading() {
      return mayContinue() && attempted == last;
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
      return mayContinue() && maybeMore.get();
    }

    private boolean mayContinue() {
      ChannelConfig channel = config;
      return reads < mostReads && bytes > 0 && channel != null && channel.isAutoRead();
    }

    @Override
    public void readComplete() {
      adaptTo(bytes);
    }

    private void adaptTo(int came) {
      if (came >= next) {
        next = (int) Math.min(maximum, (long) next << GROWS_BY);
        wasTooLarge = false;
      } else if (came > next / 2) {
        wasTooLarge = false;
      } else if (wasTooLarge) {
        next = Math.max(minimum, next / 2);
        wasTooLarge = false;
      } else {
        wasTooLarge = true;
      }
    }
  }
}

package dev.tenantgate.gateway.memory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/** Adapts to what comes, and reads no more at once than may wait to be written. Thread-safe. */
final class BoundedReads extends AdaptiveRecvByteBufAllocator {

  private final OutboundBudget budget;

  BoundedReads(OutboundBudget budget, int minimum, int initial, int maximum) {
    super(minimum, initial, maximum);
    this.budget = budget;
  }

  @Override
  @SuppressWarnings("deprecation") // as the superclass's
  public Handle newHandle() {
    return new BoundedHandle((ExtendedHandle) super.newHandle());
  }

  /** Of one channel. Event-loop confined. */
  private final class BoundedHandle extends DelegatingHandle implements ExtendedHandle {

    private final ExtendedHandle adaptive;

    BoundedHandle(ExtendedHandle adaptive) {
      super(adaptive);
      this.adaptive = adaptive;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return allocator.ioBuffer(guess());
    }

    @Override
    public int guess() {
      return Math.min(adaptive.guess(), budget.share());
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
      return adaptive.continueReading(maybeMore);
    }
  }
}

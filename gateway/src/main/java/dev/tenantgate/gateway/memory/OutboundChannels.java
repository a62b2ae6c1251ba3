package dev.tenantgate.gateway.memory;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The channels of an event loop on which something waits to be written: from time to time it is
 * counted anew how much. Confined to the event loop.
 */
final class OutboundChannels {

  private static final long LOOK_MILLIS = 100;

  private final EventLoop eventLoop;
  private @Nullable OutboundMemory first;
  private boolean scheduled;

  OutboundChannels(EventLoop eventLoop) {
    this.eventLoop = eventLoop;
  }

  void add(OutboundMemory channel) {
    channel.after = first;
    if (first != null) {
      first.before = channel;
    }
    first = channel;
    if (!scheduled) {
      scheduled = true;
      eventLoop.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  void remove(OutboundMemory channel) {
    OutboundMemory before = channel.before;
    OutboundMemory after = channel.after;
    if (before == null) {
      first = after;
    } else {
      before.after = after;
    }
    if (after != null) {
      after.before = before;
    }
    channel.before = null;
    channel.after = null;
  }

  private void look() {
    for (OutboundMemory channel = first; channel != null; ) {
      OutboundMemory next = channel.after;
      channel.look();
      channel = next;
    }
    scheduled = first != null;
    if (scheduled) {
      eventLoop.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}

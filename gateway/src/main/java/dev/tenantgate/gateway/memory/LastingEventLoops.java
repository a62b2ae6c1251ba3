package dev.tenantgate.gateway.memory;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Event loops that go on when there is no memory. A channel's handlers are told of an
 * OutOfMemoryError that they caused; one that is thrown elsewhere, such as where that is to be
 * logged, would end the loop's thread and strand all of its sessions, and would end what is done
 * from time to time. Thread-safe.
 */
public final class LastingEventLoops extends MultiThreadIoEventLoopGroup {

  /**
   * Makes them.
   *
   * @param relief frees memory; called on a loop that has none
   */
  public LastingEventLoops(int loops, ThreadFactory threads, IoHandlerFactory io, Runnable relief) {
    super(loops, threads, io, relief);
  }

  @Override
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory io, Object... arguments) {
    return new Loop(this, executor, io, (Runnable) arguments[0]);
  }

  /** The error is named where that can be done, and nothing else. */
  private static void met(Runnable relief) {
    try {
      relief.run();
    } catch (OutOfMemoryError again) {
      // What it frees is freed first; the next turn tries again.
      Thread.onSpinWait();
    }
  }

  private static final class Loop extends SingleThreadIoEventLoop {

    private final Runnable relief;

    Loop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory io, Runnable relief) {
      super(parent, executor, io);
      this.relief = relief;
    }

    @Override
    protected void run() {
      while (true) {
        try {
          super.run();
          return;
        } catch (OutOfMemoryError e) {
          met(relief);
        }
      }
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(
        Runnable task, long first, long delay, TimeUnit unit) {
      return super.scheduleWithFixedDelay(lasting(task), first, delay, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(
        Runnable task, long first, long period, TimeUnit unit) {
      return super.scheduleAtFixedRate(lasting(task), first, period, unit);
    }

    private Runnable lasting(Runnable task) {
      return () -> {
        try {
          task.run();
        } catch (OutOfMemoryError e) {
          met(relief); // it is tried again when it is due next
        }
      };
    }
  }
}

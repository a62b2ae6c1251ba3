package dev.tenantgate.gateway.memory;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Event loops that go on when there is no memory. A channel's handlers are told of an
 * OutOfMemoryError that they caused. One that is thrown elsewhere, such as while that is logged,
 * would end the loop's thread, strand its sessions, and stop its periodic tasks. The loops measure
 * how long their turns take. Thread-safe.
 */
public final class LastingEventLoops extends MultiThreadIoEventLoopGroup {

  /** The argument that each loop is made with. */
  private record Made(Runnable relief, List<LoopTurns> turns) {}

  private final List<LoopTurns> turns;

  /**
   * Makes them.
   *
   * @param relief frees memory; called on a loop that has none
   */
  public LastingEventLoops(int loops, ThreadFactory threads, IoHandlerFactory io, Runnable relief) {
    this(loops, threads, io, new Made(relief, new CopyOnWriteArrayList<>()));
  }

  private LastingEventLoops(int loops, ThreadFactory threads, IoHandlerFactory io, Made made) {
    super(loops, threads, io, made);
    this.turns = made.turns();
  }

  /** How long the turns of each loop take. */
  public List<LoopTurns> turns() {
    return List.copyOf(turns);
  }

  @Override
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory io, Object... arguments) {
    Made made = (Made) arguments[0];
    Loop loop = new Loop(this, executor, io, made.relief());
    made.turns().add(loop.turns);
    return loop;
  }

  /** The error is named where that can be done, and nothing else. */
  private static void met(Runnable relief) {
    try {
      relief.run();
    } catch (OutOfMemoryError again) {
      // Its memory is freed first; the next turn tries again.
      Thread.onSpinWait();
    }
  }

  private static final class Loop extends SingleThreadIoEventLoop {

    private final Runnable relief;
    private final LoopTurns turns = new LoopTurns();
    private final IoHandlerContext context = new Watched();

    Loop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory io, Runnable relief) {
      super(parent, executor, io);
      this.relief = relief;
    }

    @Override
    protected int runIo() {
      turns.end();
      return ioHandler().run(context);
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

    /** As the superclass's, but that it tells when a turn begins. */
    private final class Watched implements IoHandlerContext {

      @Override
      public boolean canBlock() {
        return !hasTasks() && !hasScheduledTasks();
      }

      @Override
      public long delayNanos(long nowNanos) {
        return Loop.this.delayNanos(nowNanos);
      }

      @Override
      public long deadlineNanos() {
        return Loop.this.deadlineNanos();
      }

      /** Asked when something is ready, and before it is handled. */
      @Override
      public boolean shouldReportActiveIoTime() {
        turns.begin();
        return false;
      }
    }
  }
}

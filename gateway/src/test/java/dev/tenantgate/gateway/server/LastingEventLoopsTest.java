package dev.tenantgate.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.memory.LastingEventLoops;
import dev.tenantgate.gateway.memory.LoopTurns;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Without memory a loop goes on, and the session that has most of it is ended. */
class LastingEventLoopsTest {

  private final AtomicInteger reliefs = new AtomicInteger();
  private final LastingEventLoops loops =
      Transport.NIO.newEventLoops(1, "test-lasting", reliefs::incrementAndGet);

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Thrown where Netty would log what a task has thrown. */
  private static final class Unspeakable extends OutOfMemoryError {
    private static final long serialVersionUID = 1L;

    @Override
    public StackTraceElement[] getStackTrace() {
      throw new OutOfMemoryError("while it is logged");
    }

    @Override
    @SuppressWarnings("OverrideThrowableToString")
    public String toString() {
      throw new OutOfMemoryError("while it is logged");
    }
  }

  @Test
  void aLoopOutlivesAnErrorThatCantEvenBeLogged() throws Exception {
    Thread before = loops.submit(Thread::currentThread).get(5, TimeUnit.SECONDS);
    loops
        .next()
        .execute(
            () -> {
              throw new Unspeakable();
            });
    assertThat(loops.submit(Thread::currentThread).get(5, TimeUnit.SECONDS)).isSameAs(before);
  }

  @Test
  void whatIsDoneFromTimeToTimeIsDoneAgain() throws Exception {
    CountDownLatch runs = new CountDownLatch(3);
    loops
        .next()
        .scheduleWithFixedDelay(
            () -> {
              runs.countDown();
              throw new OutOfMemoryError("not now");
            },
            1,
            1,
            TimeUnit.MILLISECONDS);
    assertThat(runs.await(5, TimeUnit.SECONDS)).isTrue();
    assertThat(reliefs.get()).isPositive();
  }

  @Test
  void aLongTurnIsCountedByWhatItUsed() throws Exception {
    LoopTurns turns = loops.turns().get(0);
    long end = System.nanoTime() + 2 * LoopTurns.LONG_NANOS;
    loops.submit(() -> LockSupport.parkNanos(end - System.nanoTime())).get(5, TimeUnit.SECONDS);
    await().until(() -> turns.longTurns() > 0); // the turn ends behind its task
    assertThat(turns.longestNanos()).isGreaterThan(LoopTurns.LONG_NANOS);
    assertThat(turns.longTurnsOfCpu()).as("it only waited").isZero();

    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    loops
        .submit(
            () -> {
              long used = threads.getCurrentThreadCpuTime() + 3 * LoopTurns.LONG_NANOS / 2;
              while (threads.getCurrentThreadCpuTime() < used) {
                Thread.onSpinWait();
              }
            })
        .get(20, TimeUnit.SECONDS);
    await().until(() -> turns.longTurnsOfCpu() == 1);
  }

  @Test
  void theSessionThatHasMostIsEnded() {
    HeapBudget budget = new HeapBudget(1 << 20, 1 << 20);
    List<String> ended = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      String name = "session " + i;
      EmbeddedChannel channel =
          new EmbeddedChannel(
              new ChannelInboundHandlerAdapter() {
                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                  ended.add(name + ": " + cause.getMessage());
                }
              });
      budget.open(channel).keep(i * 100_000L, 0);
      if (i == 3) {
        budget.relieve();
        channel.runPendingTasks();
      }
    }
    assertThat(ended).singleElement().asString().startsWith("session 3: The gateway's heap");
  }
}

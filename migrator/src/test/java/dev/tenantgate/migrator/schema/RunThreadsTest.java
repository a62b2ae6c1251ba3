package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RunThreadsTest {

  private final RunThreads threads = RunThreads.of(1, 1);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final List<String> ended = new CopyOnWriteArrayList<>();

  private void work() {
    begun.countDown();
    try {
      cancelled.await();
      ended.add("cancelled");
    } catch (InterruptedException e) {
      ended.add("interrupted");
    }
  }

  @Test
  void threadsAreNamedAndDontKeepTheProcessAlive() throws Exception {
    Thread worker = threads.workers().submit(Thread::currentThread).get(20, TimeUnit.SECONDS);
    Thread clock = threads.clock().submit(Thread::currentThread).get(20, TimeUnit.SECONDS);

    assertThat(List.of(worker, clock)).allMatch(Thread::isDaemon);
    assertThat(worker.getName()).isEqualTo("tenantgate-migrator-1");
    assertThat(clock.getName()).isEqualTo("tenantgate-migrator-clock-1");
    threads.close(() -> {});
  }

  @Test
  void runsAreCancelledOnceNoneIsStartedByTheClock() throws Exception {
    threads.workers().execute(this::work);
    begun.await();

    threads.close(
        () -> {
          assertThat(threads.clock().isShutdown()).isTrue();
          assertThat(threads.workers().isShutdown()).isFalse();
          cancelled.countDown();
        });

    assertThat(ended).containsExactly("cancelled");
    assertThat(threads.workers().isTerminated()).isTrue();
  }

  @Test
  void closedPhaseOfItsOwnTakesNothing() {
    threads.close(() -> {});

    assertThatThrownBy(() -> threads.ownPhase().execute(true, () -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void interruptedCloseInterruptsWhatIsUnderWay() throws Exception {
    threads.workers().execute(this::work);
    begun.await();
    Thread.currentThread().interrupt();

    threads.close(() -> {});

    assertThat(Thread.interrupted()).isTrue();
    assertThat(threads.workers().awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(ended).containsExactly("interrupted");
  }
}

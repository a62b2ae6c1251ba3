package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class NonTransactionalPhaseTest {

  @Test
  void schemaThatAConnectionWaitsForGoesFirstAndOthersInTheirOrder() throws Exception {
    NonTransactionalPhase phase = new NonTransactionalPhase(1, Thread::new);
    CountDownLatch busy = new CountDownLatch(1);
    List<String> order = new CopyOnWriteArrayList<>();
    phase.execute(
        false,
        () -> {
          try {
            busy.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          order.add("first");
        });
    phase.execute(false, () -> order.add("fleet 1"));
    phase.execute(false, () -> order.add("fleet 2"));
    phase.execute(true, () -> order.add("urgent 1"));
    phase.execute(true, () -> order.add("urgent 2"));
    busy.countDown();
    phase.close(10_000);

    assertThat(order).containsExactly("first", "urgent 1", "urgent 2", "fleet 1", "fleet 2");
    assertThatThrownBy(() -> phase.execute(true, () -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void closedPhaseInterruptsATaskThatDoesNotEnd() throws Exception {
    NonTransactionalPhase phase = new NonTransactionalPhase(1, Thread::new);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    phase.execute(
        false,
        () -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
        });
    begun.await();
    phase.close(1);

    interrupted.await();
  }
}

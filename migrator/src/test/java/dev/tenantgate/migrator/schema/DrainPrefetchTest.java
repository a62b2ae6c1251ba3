package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DrainPrefetchTest {

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final AtomicInteger given = new AtomicInteger();

  @AfterEach
  void stop() {
    clock.shutdownNow();
  }

  private DrainPrefetch quick(int most) {
    DrainPrefetch prefetch = new DrainPrefetch(clock, most);
    for (int i = 0; i < 20; i++) {
      prefetch.took(Duration.ofMillis(1).toNanos());
    }
    return prefetch;
  }

  @Test
  void placeIsGivenAtOnceWhereMigrationsAreQuick() {
    DrainPrefetch prefetch = quick(1);
    prefetch.new Turn(given::incrementAndGet).begin();

    assertThat(given).hasValue(1);
  }

  @Test
  void onlySoManyPlacesAreGivenUntilADrainIsOver() {
    DrainPrefetch prefetch = quick(1);
    DrainPrefetch.Turn first = prefetch.new Turn(given::incrementAndGet);
    first.begin();
    DrainPrefetch.Turn second = prefetch.new Turn(given::incrementAndGet);
    second.begin();
    assertThat(given).hasValue(1);

    first.end();
    first.end();
    await().until(() -> given.get() == 2);
    DrainPrefetch.Turn third = prefetch.new Turn(given::incrementAndGet);
    third.begin();
    assertThat(given).hasValue(2);
    third.end();
  }

  @Test
  void drainOfSlowMigrationsKeepsItsPlaceUntilItTakesLong() {
    DrainPrefetch prefetch = new DrainPrefetch(clock, 1);
    DrainPrefetch.Turn turn = prefetch.new Turn(given::incrementAndGet);
    turn.begin();
    assertThat(given).hasValue(0);

    await().until(() -> given.get() == 1);
  }

  @Test
  void drainThatIsOverGivesNoPlace() {
    DrainPrefetch prefetch = quick(1);
    DrainPrefetch.Turn turn = prefetch.new Turn(given::incrementAndGet);
    turn.end();
    turn.begin();

    assertThat(given).hasValue(0);
    prefetch.new Turn(given::incrementAndGet).begin();
    assertThat(given).hasValue(1);
  }

  @Test
  void closedClockEndsATurn() {
    clock.shutdownNow();
    DrainPrefetch prefetch = new DrainPrefetch(clock, 1);
    prefetch.new Turn(given::incrementAndGet).begin();

    assertThat(given).hasValue(0);
  }

  /** A clock that a test moves. */
  private static final class Steps extends ScheduledThreadPoolExecutor {

    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private long millis;

    Steps() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      waiting.add(task);
      millis = unit.toMillis(delay);
      return super.schedule(() -> {}, 0, unit);
    }

    /** The next look has its turn; there must be one. */
    void next() {
      waiting.remove().run();
    }
  }

  private static long millis(double millis) {
    return Math.round(millis * 1_000_000);
  }

  @Test
  void migrationsAreQuickOnceTheirRunningAverageIsTwentyMillis() {
    DrainPrefetch slow = new DrainPrefetch(clock, 9);
    slow.took(0);
    slow.took(0);
    slow.took(millis(12.5) + 4);
    DrainPrefetch.Turn of = slow.new Turn(given::incrementAndGet);
    of.begin();
    assertThat(given).hasValue(0);
    of.end();

    DrainPrefetch quick = new DrainPrefetch(clock, 9);
    quick.took(0);
    quick.took(0);
    quick.took(millis(12.5));
    quick.new Turn(given::incrementAndGet).begin();
    assertThat(given).hasValue(1);
  }

  @Test
  void drainOfSlowMigrationsIsLookedAtAfterFiftyMillis() {
    try (Closing steps = new Closing(new Steps())) {
      DrainPrefetch prefetch = new DrainPrefetch(steps.clock(), 1);
      prefetch.new Turn(given::incrementAndGet).begin();
      assertThat(steps.clock().millis).isEqualTo(50);

      steps.clock().next();

      assertThat(given).hasValue(1);
      assertThat(steps.clock().waiting).isEmpty();
    }
  }

  @Test
  void drainThatEndedBeforeItsLookGivesNothingAndIsNotLookedAtAgain() {
    try (Closing steps = new Closing(new Steps())) {
      DrainPrefetch prefetch = new DrainPrefetch(steps.clock(), 1);
      DrainPrefetch.Turn turn = prefetch.new Turn(given::incrementAndGet);
      turn.begin();
      turn.end();

      steps.clock().next();

      assertThat(given).hasValue(0);
      assertThat(steps.clock().waiting).isEmpty();
    }
  }

  @Test
  void drainWithoutAFreePlaceIsLookedAtUntilThereIsOne() {
    try (Closing steps = new Closing(new Steps())) {
      DrainPrefetch prefetch = new DrainPrefetch(steps.clock(), 1);
      DrainPrefetch.Turn first = prefetch.new Turn(() -> {});
      first.begin();
      steps.clock().next();
      prefetch.new Turn(given::incrementAndGet).begin();
      steps.clock().next();
      steps.clock().next();
      assertThat(given).hasValue(0);

      first.end();
      steps.clock().next();

      assertThat(given).hasValue(1);
    }
  }

  @Test
  void drainThatHadNoPlaceGivesNoneBack() {
    try (Closing steps = new Closing(new Steps())) {
      DrainPrefetch prefetch = new DrainPrefetch(steps.clock(), 1);
      prefetch.new Turn(() -> {}).end();
      for (int i = 0; i < 2; i++) {
        prefetch.new Turn(given::incrementAndGet).begin();
        steps.clock().next();
      }

      assertThat(given).hasValue(1);
    }
  }

  private record Closing(Steps clock) implements AutoCloseable {
    @Override
    public void close() {
      clock.shutdownNow();
    }
  }
}

package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
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
}

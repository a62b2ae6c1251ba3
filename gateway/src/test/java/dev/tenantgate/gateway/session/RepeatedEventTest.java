package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RepeatedEventTest {

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
  private final RepeatedEvent event = new RepeatedEvent(clock::get);

  @Test
  void isToldAtOnceAndThenNowAndThenWithTheNumberOfTimes() {
    assertThat(event.happened()).isEqualTo(1);
    assertThat(event.happened()).isZero();
    assertThat(event.happened()).isZero();
    clock.addAndGet(Duration.ofSeconds(5).toNanos());
    assertThat(event.happened()).isEqualTo(3);
    assertThat(event.happened()).isZero();
  }
}

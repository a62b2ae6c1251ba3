package dev.tenantgate.migrator.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {

  private final RetryPolicy policy = RetryPolicy.standard(Duration.ofSeconds(10));

  @Test
  void waitsLongerEachTimeWithinBounds() {
    for (int tries = 1; tries < 40; tries++) {
      long full = Math.min(200L << Math.min(tries - 1, 20), 10_000);
      assertThat(policy.delay(tries).toMillis()).isBetween(full / 2, full);
    }
  }

  @Test
  void looksAtALeaseOftenAtFirst() {
    assertThat(policy.leaseDelay(1)).isLessThanOrEqualTo(Duration.ofMillis(40));
    assertThat(policy.leaseDelay(1_000)).isLessThanOrEqualTo(Duration.ofMillis(500));
  }

  @Test
  void waitsForALeaseLongerThanItTakesToExpire() {
    assertThat(policy.leaseWait()).isEqualTo(Duration.ofSeconds(60));
    assertThat(RetryPolicy.standard(Duration.ofMinutes(5)).leaseWait())
        .isEqualTo(Duration.ofMinutes(15));
  }
}

package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RepeatedEventsTest {

  private final AtomicLong clock = new AtomicLong(7);
  private final RepeatedEvents events = new RepeatedEvents(clock::get);

  private int happened(ClientError what, String from) {
    return events.happened(what, new InetSocketAddress(from, 1));
  }

  @Test
  void eachReasonAndAddressIsToldByItself() {
    assertThat(happened(ClientError.LOGIN, "127.0.0.1")).isEqualTo(1);
    assertThat(happened(ClientError.LOGIN, "127.0.0.1")).isZero();
    assertThat(happened(ClientError.TLS, "127.0.0.1")).isEqualTo(1);
    assertThat(happened(ClientError.LOGIN, "127.0.0.2")).isEqualTo(1);
    clock.addAndGet(Duration.ofSeconds(5).toNanos());
    assertThat(happened(ClientError.LOGIN, "127.0.0.1")).isEqualTo(2);
  }

  @Test
  void moreAddressesThanAreKeptAreToldTogether() {
    int told = 0;
    for (int i = 0; i < 3000; i++) {
      told += happened(ClientError.LOGIN, "10.0." + i / 250 + "." + i % 250) > 0 ? 1 : 0;
    }
    assertThat(told).isBetween(1024, 1026);
    clock.addAndGet(Duration.ofSeconds(5).toNanos());
    assertThat(happened(ClientError.LOGIN, "10.1.0.1")).isPositive();
  }
}

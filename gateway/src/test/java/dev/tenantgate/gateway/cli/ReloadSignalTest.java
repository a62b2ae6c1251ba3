package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReloadSignalTest {

  private final AtomicInteger reloads = new AtomicInteger();
  private final ReloadSignal signal = new ReloadSignal();

  @Test
  void oneDuringTheStartReloadsOnceBehindIt() {
    signal.arrived();
    signal.arrived();
    assertThat(reloads).hasValue(0);
    signal.ready(reloads::incrementAndGet);

    assertThat(reloads).hasValue(1);
  }

  @Test
  void eachLaterOneReloads() {
    signal.ready(reloads::incrementAndGet);
    assertThat(reloads).hasValue(0);
    signal.arrived();
    signal.arrived();

    assertThat(reloads).hasValue(2);
  }
}

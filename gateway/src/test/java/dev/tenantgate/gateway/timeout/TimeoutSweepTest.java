package dev.tenantgate.gateway.timeout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.ClientTimeouts;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A {@link TimeoutSweep}, and all of them ({@link TimeoutSweeps}): who is looked at, and when. */
class TimeoutSweepTest {

  private static final Duration NONE = Duration.ZERO;

  private static ClientTimeouts idle(Duration limit) {
    return new ClientTimeouts(NONE, NONE, NONE, limit);
  }

  @WireTest
  void everybodyIsLookedAtWhoeverHasLeft(Wire wire) {
    wire.timeouts(idle(Duration.ofSeconds(10)));
    for (int leaving = 0; leaving < 3; leaving++) {
      List<ScriptedClient> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        clients.add(wire.client("acme"));
      }
      clients.remove(leaving).leaves();
      wire.passes(Duration.ofSeconds(12));
      assertThat(clients).allMatch(ScriptedClient::isEndedByGateway);
      clients.forEach(client -> client.gets("E! 57P05"));
    }
  }

  @WireTest
  void timeoutThatComesWithAReloadIsInForceAtOnce(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    wire.passes(Duration.ofMinutes(5));
    acme.getsNothing();
    wire.timeouts(idle(Duration.ofSeconds(10))).reloads();
    wire.passes(Duration.ofSeconds(9));
    acme.getsNothing();
    wire.passes(Duration.ofSeconds(3));
    acme.gets("E! 57P05");
  }

  @WireTest
  void timeoutThatEndsWithAReloadIsInForceNoMore(Wire wire) {
    wire.timeouts(idle(Duration.ofSeconds(10)));
    ScriptedClient acme = wire.client("acme");
    wire.passes(Duration.ofSeconds(9));
    wire.timeouts(idle(NONE)).reloads();
    wire.passes(Duration.ofMinutes(5));
    acme.getsNothing();
  }

  @WireTest
  void shortTimeoutIsKeptToAFifth(Wire wire) {
    wire.timeouts(idle(Duration.ofMillis(500)));
    ScriptedClient acme = wire.client("acme");
    wire.passes(Duration.ofMillis(480));
    acme.getsNothing();
    wire.passes(Duration.ofMillis(150));
    acme.gets("E! 57P05");
  }

  @WireTest
  void everybodyIsLookedAtWhoeverLeavesAfterwards(Wire wire) {
    wire.timeouts(idle(Duration.ofSeconds(10)));
    ScriptedClient first = wire.client("acme");
    ScriptedClient second = wire.client("acme");
    ScriptedClient third = wire.client("acme");
    first.leaves();
    third.leaves(); // which has taken the place of the first
    wire.passes(Duration.ofSeconds(12));
    second.gets("E! 57P05");
  }
}

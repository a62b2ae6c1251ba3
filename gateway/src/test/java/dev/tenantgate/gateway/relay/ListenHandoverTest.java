package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.notification.Notification;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link ListenHandover}: up to the mark the backend tells, behind it the other connection. */
class ListenHandoverTest {

  private final ListenHandover handover = new ListenHandover();
  private final List<String> told = new ArrayList<>();
  private boolean done;

  /** The other connection hears something; whether that is kept. */
  private boolean isKept(String channel, String payload) {
    return handover.keeps(new Notification(7, 7, channel, payload));
  }

  private void endsIfDone() {
    handover.endIfDone(each -> told.add(each.channel() + " " + each.payload()));
  }

  @Test
  void eachChannelIsToldByOneOfBoth() {
    assertThat(handover.begin(List.of("new"))).isNotNull().isEqualTo(handover.mark());
    assertThat(handover.concerns("new")).isTrue();
    assertThat(handover.concerns("old")).isFalse();
    assertThat(handover.isBackends("new")).isTrue();
    assertThat(handover.isBackends("old")).isFalse();
    handover.backendPasses();
    assertThat(handover.backendHasPassed()).isTrue();
    assertThat(handover.isBackends("new")).isTrue();
    handover.otherPasses();
    assertThat(handover.isBackends("new")).isFalse();
  }

  @Test
  void theOtherConnectionWaitsForTheBackendsLast() {
    handover.begin(List.of("new"));
    assertThat(isKept("old", "1")).isFalse();
    handover.otherPasses();
    assertThat(isKept("old", "2")).isTrue();
    assertThat(isKept("new", "3")).isTrue();
    endsIfDone();
    assertThat(told).isEmpty();
    handover.backendIsDone(() -> done = true);
    endsIfDone();
    assertThat(told).containsExactly("old 2", "new 3");
    assertThat(done).isTrue();
    assertThat(handover.mark()).isNull();
    assertThat(isKept("new", "4")).isFalse();
  }

  @Test
  void theBackendWaitsForTheOthersMark() {
    handover.begin(List.of("new"));
    handover.backendPasses();
    handover.backendIsDone(() -> done = true);
    endsIfDone();
    assertThat(done).isFalse();
    handover.otherPasses();
    endsIfDone();
    assertThat(done).isTrue();
    assertThat(handover.backendHasPassed()).isFalse();
  }

  @Test
  void nothingIsWaitedForWithoutNewChannels() {
    assertThat(handover.begin(List.of())).isNull();
    handover.otherPasses();
    assertThat(isKept("old", "1")).isFalse();
    handover.backendIsDone(() -> done = true);
    endsIfDone();
    assertThat(done).isTrue();
  }
}

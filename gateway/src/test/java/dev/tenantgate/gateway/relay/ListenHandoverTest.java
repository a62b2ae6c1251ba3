package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.notification.Notification;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link ListenHandover}: what two connections hear of one queue is told once, in its order. */
class ListenHandoverTest {

  private final ListenHandover handover = new ListenHandover();
  private final List<String> told = new ArrayList<>();
  private final List<String> again = new ArrayList<>();

  private static Notification notification(String text) {
    String[] parts = text.split(" ");
    return new Notification(7, 7, parts[0], parts[1]);
  }

  private void backendHears(String... texts) {
    for (String text : texts) {
      handover.heardByBackend(notification(text));
    }
  }

  private void otherHears(String... texts) {
    for (String text : texts) {
      if (!handover.keeps(notification(text))) {
        told.add(text);
      }
    }
  }

  private void ends() {
    handover.end(
        each -> told.add(each.channel() + " " + each.payload()),
        each -> again.add(each.channel() + " " + each.payload()));
  }

  @Test
  void theLastThatTheBackendHasHeardAreTheOthersFirst() {
    backendHears("a 1", "b 1");
    handover.begin(List.of("a", "b"));
    backendHears("a 2", "b 2");
    otherHears("b 1", "a 2", "b 2", "a 3");
    ends();
    assertThat(again).containsExactly("b 1", "a 2", "b 2");
    assertThat(told).containsExactly("a 3");
  }

  @Test
  void equalOnesAreToldAsOftenAsTheyWereSent() {
    backendHears("a x", "a x");
    handover.begin(List.of("a"));
    otherHears("a x", "a x", "a x");
    ends();
    assertThat(again).containsExactly("a x", "a x");
    assertThat(told).containsExactly("a x");
  }

  @Test
  void behindOneThatTheBackendHasNotHeardAllAreNew() {
    backendHears("a 1", "a 2");
    handover.begin(List.of("a"));
    otherHears("a 3", "a 2");
    ends();
    assertThat(again).isEmpty();
    assertThat(told).containsExactly("a 3", "a 2");
  }

  @Test
  void otherChannelsKeepTheirPlaces() {
    backendHears("a 1");
    handover.begin(List.of("a"));
    otherHears("old 1", "a 1", "old 1", "a 2", "old 2");
    assertThat(told).containsExactly("old 1");
    ends();
    assertThat(again).containsExactly("a 1");
    assertThat(told).containsExactly("old 1", "old 1", "a 2", "old 2");
  }

  @Test
  void onlyWhatTheBackendHearsMeanwhileMayBeHeardAgain() {
    backendHears("a 1");
    handover.begin(List.of("a"));
    assertThat(handover.mayBeHeardAgain()).isFalse();
    backendHears("a 2");
    assertThat(handover.mayBeHeardAgain()).isTrue();
    ends();
    assertThat(handover.mayBeHeardAgain()).isFalse();
    assertThat(handover.isUnderWay()).isFalse();
    assertThat(handover.keeps(notification("a 3"))).isFalse();
  }
}

package dev.tenantgate.gateway.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.backend.Reply.Plain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which of the replies that are owed is a ReadyForQuery. */
class ReplyQueueTest {

  private final ReplyQueue owed = new ReplyQueue();

  @ParameterizedTest
  @EnumSource(names = {"QUERY_READY", "SYNC_READY", "SYNC_BEHIND_COPY"})
  void theServerHasSomethingToDoAsLongAsAReadyForQueryIsOwed(Plain ready) {
    owed.add(Plain.EXECUTE);
    assertThat(owed.hasReady()).isFalse();

    owed.add(ready);

    assertThat(owed.hasReady()).isTrue();
    assertThat(owed.readies()).isEqualTo(1);
  }

  @Test
  void theOrderIsKeptWhileTheRingGrows() {
    for (int i = 0; i < 20; i++) {
      owed.add(i % 2 == 0 ? Plain.BIND : Plain.EXECUTE);
    }
    for (int i = 0; i < 20; i++) {
      assertThat(owed.poll()).isEqualTo(i % 2 == 0 ? Plain.BIND : Plain.EXECUTE);
    }
    assertThat(owed.isEmpty()).isTrue();
  }
}

package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.settings.PinReason;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A {@link SessionPin}: which reason stays, when the server is asked about it, and what the {@link
 * RelayListener} is told.
 */
class SessionPinTest {

  private final RecordingListener listener = new RecordingListener();
  private long now = 5_000_000_000L;
  private final SessionPin pin = new SessionPin(listener, () -> now);

  private void passes(Duration time) {
    now += time.toNanos();
  }

  @Test
  void isToldOnceWhenItIsSetAndWhenItIsTakenOff() {
    pin.set(PinReason.TEMPORARY);
    pin.set(PinReason.TEMPORARY);
    assertThat(listener.take()).containsExactly("pinned by TEMPORARY");
    assertThat(pin.isSet()).isTrue();
    assertThat(pin.reason()).isEqualTo(PinReason.TEMPORARY);

    passes(Duration.ofMillis(40));
    assertThat(pin.duration()).isEqualTo(Duration.ofMillis(40));
    pin.clear();
    pin.clear();

    assertThat(listener.take()).containsExactly("unpinned from TEMPORARY after 40 ms");
    assertThat(pin.isSet()).isFalse();
  }

  @Test
  void countsTheTimeOfAllReasonsInARow() {
    pin.set(PinReason.TEMPORARY);
    passes(Duration.ofMillis(40));
    pin.set(PinReason.CURSOR);
    assertThat(listener.take())
        .containsExactly(
            "pinned by TEMPORARY", "unpinned from TEMPORARY after 40 ms", "pinned by CURSOR");
    passes(Duration.ofMillis(2));

    assertThat(pin.duration()).isEqualTo(Duration.ofMillis(42));
    pin.clear();
    passes(Duration.ofMillis(1));
    pin.set(PinReason.CURSOR);

    assertThat(pin.duration()).isZero();
  }

  @Test
  void reasonThatLastsStays() {
    pin.set(PinReason.TEMPORARY);
    pin.set(PinReason.LIBRARY);
    pin.set(PinReason.CURSOR);
    assertThat(pin.reason()).isEqualTo(PinReason.LIBRARY);

    pin.set(PinReason.RANDOM_SEED);

    assertThat(pin.reason()).isEqualTo(PinReason.RANDOM_SEED);
  }

  @Test
  void questionIsDueAtMostOnceInAnInterval() {
    assertThat(pin.isQuestionDue()).isFalse();
    assertThat(pin.isQuestionOpen()).isFalse();
    pin.set(PinReason.TEMPORARY);
    assertThat(pin.isQuestionOpen()).isFalse();
    pin.answered(PinReason.TEMPORARY);

    passes(SessionPin.INTERVAL.minusNanos(1));
    assertThat(pin.untilQuestion()).isEqualTo(Duration.ofNanos(1));
    assertThat(pin.isQuestionDue()).isFalse();
    assertThat(pin.isQuestionOpen()).isTrue();
    passes(Duration.ofNanos(1));

    assertThat(pin.untilQuestion()).isZero();
    assertThat(pin.isQuestionDue()).isTrue();
  }

  @Test
  void questionIsDueAtOnceBehindAStatementThatMayHaveEndedTheReason() {
    pin.set(PinReason.TEMPORARY);
    pin.answered(PinReason.TEMPORARY);
    pin.mayEnd();
    assertThat(pin.isQuestionDue()).isTrue();

    pin.answered(PinReason.TEMPORARY);

    assertThat(pin.isQuestionDue()).isFalse();
  }

  @Test
  void answerThatNothingIsLeftTakesItOff() {
    pin.set(PinReason.TEMPORARY);
    assertThat(pin.isQuestionDue()).as("for the first time").isTrue();
    pin.answered(null);
    assertThat(pin.isSet()).isFalse();
    pin.answered(PinReason.CURSOR);

    assertThat(pin.reason()).isEqualTo(PinReason.CURSOR);
    assertThat(pin.isQuestionOpen()).isFalse();
  }

  @Test
  void reasonThatLastsIsNeverAskedAbout() {
    pin.set(PinReason.LIBRARY);
    pin.mayEnd();
    passes(Duration.ofMinutes(1));
    assertThat(pin.isQuestionDue()).isFalse();
    assertThat(pin.isQuestionOpen()).isFalse();

    pin.answered(null);

    assertThat(pin.reason()).isEqualTo(PinReason.LIBRARY);
  }

  @Test
  void reasonThatBeginsToLastIsNoQuestionAnyMore() {
    pin.set(PinReason.TEMPORARY);
    pin.answered(PinReason.TEMPORARY);
    pin.isQuestionDue();
    assertThat(pin.isQuestionOpen()).isTrue();

    pin.set(PinReason.LIBRARY);

    assertThat(pin.isQuestionOpen()).isFalse();
  }
}

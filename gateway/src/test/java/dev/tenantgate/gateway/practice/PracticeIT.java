package dev.tenantgate.gateway.practice;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The practice's database knows all that the gateway asks, and all exercises come to their end. */
@Timeout(60)
class PracticeIT {

  @Test
  void everyExerciseComesToItsEnd() {
    assertThatCode(() -> Practice.run(400)).doesNotThrowAnyException();
  }
}

package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessNameTest {

  /** Above what any system gives out. */
  private static final long NOBODY = 99_999_999_999L;

  @Test
  void tellsThisProcessApartFromOneThatIsGone() {
    assertThat(ProcessName.isGone(ProcessName.ofThisProcess())).isFalse();
    assertThat(ProcessName.isGone(ProcessName.of(NOBODY))).isTrue();
    assertThat(ProcessName.ofThisProcess()).isNotEqualTo(ProcessName.ofThisProcess());
  }

  @Test
  void knowsNothingOfOtherPlaces() {
    String here = ProcessName.of(NOBODY);

    assertThat(ProcessName.isGone("other" + here)).isFalse();
    assertThat(ProcessName.isGone(here + "1")).isFalse();
    assertThat(ProcessName.isGone(here.substring(0, here.lastIndexOf('-')))).isFalse();
    assertThat(ProcessName.isGone(here.replace(":" + NOBODY, ":x"))).isFalse();
    assertThat(ProcessName.isGone("somebody")).isFalse();
    assertThat(ProcessName.isGone("")).isFalse();
  }
}

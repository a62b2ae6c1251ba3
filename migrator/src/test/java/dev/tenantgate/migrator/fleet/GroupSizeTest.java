package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class GroupSizeTest {

  private final GroupSize size = new GroupSize(Duration.ofMillis(80));

  @Test
  void growsWhileItGoesWell() {
    assertThat(size.next()).isEqualTo(4);
    size.succeeded(4, Duration.ofMillis(4));
    assertThat(size.next()).isEqualTo(8);
    size.succeeded(8, Duration.ofMillis(8));
    size.succeeded(16, Duration.ofMillis(16));
    assertThat(size.next()).isEqualTo(GroupSize.MOST);
  }

  @Test
  void isWhatIsDoneInTime() {
    size.succeeded(25, Duration.ofMillis(250));

    assertThat(size.next()).isEqualTo(8);
  }

  @Test
  void afterFailuresSchemasAreTakenAloneForLongerAndLonger() {
    size.failed(4);
    assertThat(countAlone()).isEqualTo(8);
    assertThat(size.next()).isEqualTo(2);

    size.failed(2);
    assertThat(countAlone()).isEqualTo(8);
    size.failed(2);
    assertThat(countAlone()).isEqualTo(16);

    size.succeeded(2, Duration.ofMillis(2));
    assertThat(size.next()).isEqualTo(4);
  }

  private int countAlone() {
    int alone = 0;
    while (size.next() == 1) {
      alone++;
    }
    return alone;
  }
}

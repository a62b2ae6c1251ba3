package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExchangeEndsTest {

  private final ExchangeEnds ends = new ExchangeEnds();

  @Test
  void eachEndIsAnsweredByItself() {
    for (int i = 0; i < 20; i++) {
      ends.query(0);
      ends.sync();
    }
    for (int i = 0; i < 40; i++) {
      assertThat(ends.ready()).isEqualTo(1);
    }
  }

  @Test
  void aQueryBehindAFailedParseIsPassedOver() {
    ends.query(1);
    ends.query(0);
    ends.sync();
    ends.query(0);
    ends.error(0);

    assertThat(ends.ready()).isEqualTo(3);
    assertThat(ends.ready()).isEqualTo(1);
  }

  @Test
  void aQueryThatFailsByItselfIsAnswered() {
    ends.query(1);
    ends.sync();
    ends.answered(); // the Parse in front of it
    ends.error(0);

    assertThat(ends.ready()).isEqualTo(1);
    assertThat(ends.ready()).isEqualTo(1);
  }

  @Test
  void theErrorMayComeBeforeTheQueryIsSent() {
    ends.error(1);
    ends.query(1);
    ends.sync();

    assertThat(ends.ready()).isEqualTo(2);
  }

  @Test
  void aSyncWithinCopiedDataIsPassedOver() {
    ends.sync(); // right behind the Execute
    ends.copyBegins();
    assertThat(ends.isCopying()).isTrue();
    ends.copyEnds();
    ends.sync();
    ends.answered();

    assertThat(ends.ready()).isEqualTo(2);
  }

  @Test
  void theSyncBehindCopiedDataIsNot() {
    ends.sync();
    ends.copyEnds(); // all of it was sent ahead
    ends.sync();
    ends.sync();
    ends.copyBegins();
    assertThat(ends.isCopying()).isFalse();

    assertThat(ends.ready()).isEqualTo(2);
    assertThat(ends.ready()).isEqualTo(1);
  }

  @Test
  void aQueryThatCopiesIsAnsweredOnce() {
    ends.query(0);
    ends.copyBegins();
    ends.copyEnds();
    ends.query(0);

    assertThat(ends.ready()).isEqualTo(1);
    assertThat(ends.ready()).isEqualTo(1);
  }

  @Test
  void copiedDataThatTheServerRefusedLeavesNothingBehind() {
    ends.query(0);
    ends.copyBegins();
    ends.error(0);
    ends.copyEnds(); // on its way already
    assertThat(ends.ready()).isEqualTo(1);
    ends.sync();
    assertThat(ends.ready()).isEqualTo(1);
  }
}

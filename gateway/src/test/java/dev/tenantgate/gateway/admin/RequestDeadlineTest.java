package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RequestDeadlineTest {

  private final RequestDeadline deadline = new RequestDeadline(10_000);
  private final EmbeddedChannel channel = new EmbeddedChannel(deadline);

  RequestDeadlineTest() {
    channel.freezeTime();
  }

  private void passes(long seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  private void comes(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void aByteNowAndThenIsNoReasonToWait() {
    comes("G");
    passes(6);
    comes("E");
    passes(3);
    assertThat(channel.isActive()).isTrue();
    passes(2);
    assertThat(channel.isActive()).isFalse();
    close();
  }

  @Test
  void silenceFromTheBeginningEndsIt() {
    passes(11);
    assertThat(channel.isActive()).isFalse();
    close();
  }

  @Test
  void anAnswerMayTakeItsTimeAndTheNextRequestBeginsLater() {
    comes("GET");
    deadline.arrived();
    passes(300);
    assertThat(channel.isActive()).isTrue();
    deadline.answered(channel.pipeline().firstContext());
    passes(50);
    comes("G");
    passes(9);
    assertThat(channel.isActive()).isTrue();
    passes(2);
    assertThat(channel.isActive()).isFalse();
    close();
  }
}

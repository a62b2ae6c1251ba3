package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.traffic.ClientTraffic;
import dev.tenantgate.gateway.traffic.Traffic;
import dev.tenantgate.gateway.traffic.TrafficCount;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A {@link FrontendSide}: what is sent when, and what its {@link RelayMeter} and its traffic are
 * told.
 */
class FrontendSideTest {

  private static final PoolKey KEY = new PoolKey("app", "app");
  private static final String READY = "Z\0\0\0\5I";

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<String> counted = new ArrayList<>();
  private final Traffic traffic = new Traffic();
  private final FrontendSide frontend =
      new FrontendSide(channel, meter(counted), client(traffic, channel), () -> {});

  private static RelayMeter meter(List<String> counted) {
    return new RelayMeter() {
      @Override
      public void toBackend(long bytes) {
        counted.add("to backend: " + bytes);
      }

      @Override
      public void toFrontend(long bytes, long transactions) {
        counted.add("to frontend: %d in %d".formatted(bytes, transactions));
      }
    };
  }

  private static ClientTraffic client(Traffic traffic, EmbeddedChannel channel) {
    return new ClientTraffic(traffic.of(KEY, channel.eventLoop()), System::nanoTime, null);
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  /** The buffers that were sent since it was last looked. */
  private List<String> sent() {
    List<String> all = new ArrayList<>();
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      all.add(next.toString(StandardCharsets.US_ASCII));
      next.release();
    }
    return all;
  }

  @AfterEach
  void end() {
    channel.finishAndReleaseAll();
  }

  @Test
  void messagesAreSentTogether() {
    frontend.write(bytes("one"));
    frontend.write(bytes("two"));
    assertThat(sent()).isEmpty();
    frontend.flush();
    assertThat(sent()).containsExactly("one", "two");
  }

  @Test
  void readyForQuerysOfOneReadShareABuffer() {
    frontend.writeReady();
    frontend.writeReady();
    assertThat(sent()).isEmpty();
    frontend.flush();
    assertThat(sent()).containsExactly(READY + READY);
    frontend.writeReady();
    frontend.flush();
    assertThat(sent()).containsExactly(READY);
  }

  @Test
  void readyForQueryStaysInItsPlace() {
    frontend.writeReady();
    frontend.write(bytes("behind"));
    frontend.writeReady();
    frontend.flush();
    assertThat(sent()).containsExactly(READY, "behind", READY);
  }

  @Test
  void readyForQueryOfASessionThatEndsIsLeftToTheLastFlush() {
    frontend.writeReady();
    frontend.end();
    channel.flush();
    assertThat(sent()).containsExactly(READY);
  }

  @Test
  void noticeOfAWaitIsSentAtOnce() {
    frontend.tellWait("for 5 s");
    assertThat(sent()).singleElement().asString().startsWith("N").contains("for 5 s");
  }

  @Test
  void answerIsSentAtOnceToAClientThatTakesNoMore() {
    frontend.forward(bytes("few"), null);
    assertThat(sent()).isEmpty();
    String many = "x".repeat(100_000);
    frontend.forward(bytes(many), null);
    assertThat(sent()).containsExactly("few", many);
  }

  @Test
  void bytesAndTransactionsAreCountedOnce() {
    frontend.received(7);
    frontend.received(5);
    frontend.transactionEnded();
    frontend.transactionEnded();
    frontend.flushAndCount();
    frontend.count();
    frontend.sentToBackend(3);
    assertThat(counted)
        .containsExactly("to frontend: 12 in 2", "to frontend: 0 in 0", "to backend: 3");
    assertThat(traffic.totals(KEY).of(TrafficCount.SENT_BYTES)).isEqualTo(12);
    assertThat(traffic.totals(KEY).of(TrafficCount.RECEIVED_BYTES)).isEqualTo(3);
  }

  @Test
  void refusalIsWritten() {
    frontend.refuse(Report.error(SqlState.QUERY_CANCELED, "no"));
    frontend.flush();
    assertThat(sent()).singleElement().asString().startsWith("E").contains("57014");
  }
}

package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A long list is written as it is taken, and others have turns meanwhile. */
class TextPartsTest {

  private static final int PARTS = 20_000;

  @Test
  void aLongListIsMadeInSeveralTurns() {
    ChunkedWriteHandler writer = new ChunkedWriteHandler();
    EmbeddedChannel channel = new EmbeddedChannel(writer);
    TextParts parts =
        new TextParts(
            Stream.generate(() -> "x".repeat(100)).limit(PARTS).iterator(),
            () -> channel.eventLoop().schedule(writer::resumeTransfer, 1, TimeUnit.MILLISECONDS));

    channel.writeOutbound(parts);

    int turns = 1;
    long bytes = 0;
    while (bytes < 100L * PARTS) {
      long turn = taken(channel);
      assertThat(turn).isBetween(1L, 80L * 1024);
      bytes += turn;
      channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
      channel.runScheduledPendingTasks();
      turns++;
    }
    assertThat(bytes).isEqualTo(100L * PARTS);
    assertThat(turns).isGreaterThan(25);
    assertThat(parts.isEndOfInput()).isTrue();
    channel.finishAndReleaseAll();
  }

  private static long taken(EmbeddedChannel channel) {
    long bytes = 0;
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      bytes += part.readableBytes();
      part.release();
    }
    return bytes;
  }
}

package dev.tenantgate.gateway.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

/** How much is read at once, as {@link BoundedReads} has it. */
class BoundedReadsTest {

  private static final int KIB = 1024;

  private final DefaultChannelConfig config = new DefaultChannelConfig(new EmbeddedChannel());
  private final OutboundBudget budget = new OutboundBudget(64L * KIB * KIB);
  private final ExtendedHandle reads =
      (ExtendedHandle) budget.receiveBuffers(512, 4 * KIB, 128 * KIB, 2).newHandle();

  /** A turn in which so many bytes come, in reads of what there is room for. */
  private void turn(int bytes) {
    reads.reset(config);
    int left = bytes;
    do {
      int room = reads.guess();
      reads.attemptedBytesRead(room);
      reads.lastBytesRead(Math.min(room, left));
      reads.incMessagesRead(1);
      left -= Math.min(room, left);
    } while (reads.continueReading());
    reads.readComplete();
  }

  @Test
  void growsAtOnceWhereABufferIsFilled() {
    assertThat(reads.guess()).isEqualTo(4 * KIB);
    turn(4 * KIB);
    assertThat(reads.guess()).isGreaterThanOrEqualTo(64 * KIB);
    turn(200 * KIB);
    assertThat(reads.guess()).isEqualTo(128 * KIB);
  }

  @Test
  void shrinksWhereTwoTurnsInARowNeededNoHalf() {
    turn(2 * KIB);
    assertThat(reads.guess()).isEqualTo(4 * KIB);
    turn(100);
    assertThat(reads.guess()).isEqualTo(2 * KIB);
    turn(100);
    turn(1500);
    turn(100);
    assertThat(reads.guess()).as("not in a row").isEqualTo(2 * KIB);
    for (int i = 0; i < 10; i++) {
      turn(100);
    }
    assertThat(reads.guess()).isEqualTo(512);
  }

  @Test
  void readsOnAsLongAsThereIsMoreAndItsTurnLasts() {
    reads.reset(config);
    assertThat(reads.continueReading(() -> true)).as("nothing was read").isFalse();
    reads.attemptedBytesRead(100);
    reads.lastBytesRead(60);
    reads.incMessagesRead(1);
    assertThat(reads.continueReading(() -> true)).isTrue();
    assertThat(reads.continueReading(() -> false)).isFalse();
    assertThat(reads.continueReading()).as("the buffer wasn't filled").isFalse();
    config.setAutoRead(false);
    assertThat(reads.continueReading(() -> true)).isFalse();
    config.setAutoRead(true);
    reads.incMessagesRead(1);
    assertThat(reads.continueReading(() -> true)).as("two reads in a turn").isFalse();
  }

  @Test
  void anEndIsNoReasonToReadOn() {
    reads.reset(config);
    reads.attemptedBytesRead(100);
    reads.lastBytesRead(-1);
    assertThat(reads.lastBytesRead()).isEqualTo(-1);
    assertThat(reads.attemptedBytesRead()).isEqualTo(100);
    assertThat(reads.continueReading(() -> true)).isFalse();
  }
}

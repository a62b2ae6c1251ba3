package dev.tenantgate.gateway.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutboundBudgetTest {

  private static final int KIB = 1024;
  private static final int LIMIT = 24 * KIB * KIB;

  private final OutboundBudget budget = new OutboundBudget(LIMIT);
  private final List<Reader> readers = new ArrayList<>();

  /** A peer that takes what is written, or doesn't. */
  @SuppressWarnings("deprecation") // as the channels of Netty have it
  private final class Reader extends EmbeddedChannel {

    private final OutboundMemory memory;
    private final RecvByteBufAllocator.Handle reads =
        budget.receiveBuffers(512, 128 * KIB, 128 * KIB, 1).newHandle();
    private boolean takes;

    Reader() {
      config().setWriteBufferWaterMark(OutboundBudget.plenty());
      memory = budget.open(this);
      readers.add(this);
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
      if (takes) {
        super.doWrite(in);
      }
    }

    /** One read of the other side is written, as long as the other side is read. */
    boolean relay(int fill) {
      if (!isWritable()) {
        return false;
      }
      ByteBuf buffer = reads.allocate(alloc());
      write(buffer.writeZero(Math.min(fill, buffer.writableBytes())));
      memory.flush();
      return true;
    }

    void relayAll() {
      while (relay(Integer.MAX_VALUE)) {
        assertThat(pending()).isLessThan(KIB * KIB);
      }
    }

    long pending() {
      return unsafe().outboundBuffer().totalPendingWriteBytes();
    }

    void takeAll() {
      takes = true;
      memory.flush();
      releaseOutbound();
    }
  }

  private static long used(OutboundBudget budget) {
    return budget.metered().used().getAsLong();
  }

  @AfterEach
  void closeAll() {
    for (Reader reader : readers) {
      reader.takes = true;
      reader.finishAndReleaseAll();
    }
    assertThat(used(budget)).isZero();
  }

  @Test
  void oneThatReadsNothingHasWhatIsPlenty() {
    Reader reader = new Reader();

    reader.relayAll();

    assertThat(reader.pending()).isBetween(256L * KIB, 512L * KIB);
    assertThat(used(budget)).isGreaterThanOrEqualTo(reader.pending());
  }

  @Test
  void oneThatReadsIsNotCounted() {
    Reader reader = new Reader();
    reader.takes = true;

    reader.relay(1_000);

    assertThat(used(budget)).isZero();
    reader.releaseOutbound();
  }

  @Test
  void manyThatReadNothingStayWithinTheBudget() {
    for (int i = 0; i < 1_000; i++) {
      new Reader();
    }
    for (int turn = 0; turn < 200; turn++) {
      for (Reader reader : readers) {
        reader.relay(Integer.MAX_VALUE);
      }
    }

    assertThat(used(budget)).isBetween(LIMIT * 3L / 4, LIMIT * 11L / 10);
    for (Reader reader : readers) {
      assertThat(reader.isWritable()).isFalse();
      assertThat(reader.pending()).as("many at once get about the same").isGreaterThan(2 * KIB);
    }
  }

  @Test
  void latecomersGetLittleAndAreServed() {
    for (int i = 0; i < 1_000; i++) {
      new Reader().relayAll();
    }
    assertThat(used(budget)).isLessThan(LIMIT * 11L / 10);

    Reader late = new Reader();
    late.takes = true;
    for (int i = 0; i < 100; i++) {
      assertThat(late.relay(Integer.MAX_VALUE)).isTrue();
    }
    late.releaseOutbound();
  }

  @Test
  void buffersThatAreHardlyFilledCountAsTheyAre() {
    for (int i = 0; i < 500; i++) {
      Reader reader = new Reader();
      for (int j = 0; j < 100; j++) {
        reader.relay(50);
      }
    }

    assertThat(used(budget)).isLessThan(LIMIT * 5L / 4);
    long pending = readers.stream().mapToLong(Reader::pending).sum();
    assertThat(pending).isLessThan(used(budget) / 4);
  }

  @Test
  void partsOfOneBufferCountOnce() {
    Reader reader = new Reader();
    ByteBuf whole = reader.alloc().buffer(64 * KIB).writeZero(64 * KIB);
    for (int i = 0; i < 64; i++) {
      reader.write(whole.retainedSlice(i * KIB, KIB));
    }
    whole.release();

    reader.memory.flush();

    assertThat(used(budget)).isBetween(64L * KIB, 72L * KIB);
  }

  @Test
  void bytesThatHaveGoneOutAreGivenBackSoon() {
    Reader reader = new Reader();
    reader.relayAll();

    reader.takes = true;
    reader.flush(); // by the event loop, when the socket is ready
    reader.releaseOutbound();
    reader.advanceTimeBy(1, TimeUnit.SECONDS);
    reader.runScheduledPendingTasks();

    assertThat(used(budget)).isZero();
    assertThat(reader.hasPendingTasks()).isFalse();
  }

  @Test
  void onesThatAreReadAgainHavePlentyAgain() {
    for (int i = 0; i < 1_000; i++) {
      new Reader().relayAll();
    }
    Reader last = readers.get(999);
    assertThat(last.config().getWriteBufferHighWaterMark()).isLessThan(64 * KIB);

    readers.forEach(Reader::takeAll);

    assertThat(used(budget)).isZero();
    assertThat(last.isWritable()).isTrue();
    assertThat(last.config().getWriteBufferWaterMark()).isSameAs(OutboundBudget.plenty());
  }

  @Test
  void oneThatIsClosedGivesBackWhatItHad() {
    Reader reader = new Reader();
    reader.relayAll();

    reader.close();

    assertThat(used(budget)).isZero();
  }
}

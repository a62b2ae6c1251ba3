package dev.tenantgate.gateway.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

  private static final int KB = 1024;

  private final MemoryBudget budget = new MemoryBudget(100 * KB);
  private final List<Throwable> ended = new ArrayList<>();
  private final List<String> readAgain = new ArrayList<>();

  private EmbeddedChannel client() {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                ended.add(cause);
              }
            });
    budget.open(channel);
    return channel;
  }

  private boolean holds(EmbeddedChannel channel, int bytes) {
    ClientMemory memory = ClientMemory.of(channel);
    memory.holds(bytes);
    return memory.mayRead(() -> readAgain.add("again"));
  }

  @Test
  void whoFindsNoneIsReadAgainWhenThereIsSome() {
    EmbeddedChannel first = client();
    EmbeddedChannel second = client();
    assertThat(holds(first, 60 * KB)).isTrue();
    assertThat(holds(second, 60 * KB)).isFalse();
    assertThat(readAgain).isEmpty();

    assertThat(holds(first, 0)).isTrue();
    second.runPendingTasks();
    assertThat(readAgain).containsExactly("again");
    assertThat(holds(second, 60 * KB)).isTrue();
    assertThat(budget.metered().used().getAsLong()).isEqualTo(60 * KB);
    first.close();
    second.close();
    assertThat(budget.metered().used().getAsLong()).isZero();
  }

  @Test
  void clientsWithLittleHaveAReserve() {
    EmbeddedChannel large = client();
    EmbeddedChannel small = client();
    EmbeddedChannel none = client();
    assertThat(holds(large, 110 * KB)).isFalse();
    assertThat(holds(small, 10 * KB)).isTrue();
    assertThat(holds(none, 0)).isTrue();
    assertThat(holds(small, 20 * KB)).isFalse();
  }

  @Test
  void aClientThatSitsOnMuchMakesRoomForOneThatWaits() throws Exception {
    EmbeddedChannel silent = client();
    EmbeddedChannel waiting = client();
    holds(silent, 99 * KB);
    assertThat(holds(waiting, 50 * KB)).isFalse();
    long begun = System.nanoTime();
    while (ended.isEmpty() && System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(20)) {
      // The clock of silence is the machine's.
      waiting.advanceTimeBy(500, TimeUnit.MILLISECONDS);
      waiting.runScheduledPendingTasks();
      silent.runPendingTasks();
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(ended).hasSize(1).first().isInstanceOf(ClientMemoryExhausted.class);
    silent.close();
    waiting.close();
  }
}

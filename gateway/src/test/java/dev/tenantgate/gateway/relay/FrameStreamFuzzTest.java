package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.testing.SeededInputs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

/** Any bytes, cut anywhere: no exception but the one, no leak, and nothing changed on the way. */
class FrameStreamFuzzTest {

  private static final ByteBufAllocator UNPOOLED = UnpooledByteBufAllocator.DEFAULT;

  @Test
  void seeded() {
    SeededInputs.of(FrameStreamFuzzTest.class, "anyBytesCutAnywhere", "Q", "D", "d")
        .each(this::anyBytesCutAnywhere);
  }

  /** The first byte decides how the rest is cut. */
  @FuzzTest(maxDuration = "10s")
  void anyBytesCutAnywhere(byte[] input) {
    if (input.length == 0) {
      return;
    }
    Passing whole = new Passing();
    Passing cut = new Passing();
    boolean violated = feed(whole, input, input.length);
    assertThat(feed(cut, input, 1 + (input[0] & 0xff))).isEqualTo(violated);
    try {
      if (!violated) {
        assertThat(ByteBufUtil.getBytes(cut.passed)).isEqualTo(ByteBufUtil.getBytes(whole.passed));
        assertThat(cut.atBoundary()).isEqualTo(whole.atBoundary());
        assertThat(cut.passed.readableBytes() + cut.left + cut.waitingBytes())
            .isLessThanOrEqualTo(input.length - 1);
      }
    } finally {
      whole.close();
      cut.close();
    }
  }

  private static boolean feed(Passing stream, byte[] input, int step) {
    try {
      for (int at = 1; at < input.length; at += step) {
        int bytes = Math.min(step, input.length - at);
        stream.feed(UNPOOLED.buffer(bytes).writeBytes(input, at, bytes));
        while (stream.isStopped()) {
          stream.resume();
        }
      }
      return false;
    } catch (ProtocolViolation e) {
      return true;
    }
  }

  /** Wants the bodies of capitals, drops those of D, and stops once at each Q. */
  private static final class Passing extends FrameStream {

    private final ByteBuf passed = UNPOOLED.buffer();
    private int left;
    private boolean stoppedBefore;

    Passing() {
      super(UNPOOLED);
    }

    @Override
    int wanted(byte type, int bodyBytes) {
      return type >= 'A' && type <= 'Z' ? Math.min(bodyBytes, 1 << 16) : 0;
    }

    @Override
    Fate look(byte type, ByteBuf buffer, int body, int bodyBytes) {
      if (type == 'Q') {
        stoppedBefore = !stoppedBefore;
        return stoppedBefore ? Fate.STOP : Fate.PASS;
      }
      return type == 'D' ? Fate.DROP : Fate.PASS;
    }

    @Override
    void dropped(byte type) {
      left += 5;
    }

    @Override
    void pass(ByteBuf bytes) {
      passed.writeBytes(bytes);
      bytes.release();
    }

    void close() {
      release();
      passed.release();
    }
  }
}

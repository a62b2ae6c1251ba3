package dev.tenantgate.gateway.startup;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder.PartialInput;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.testing.SeededInputs;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import org.junit.jupiter.api.Test;

/** Any bytes as a startup packet, its parameters and options: a violation, or sense. */
class StartupDecoderFuzzTest {

  @Test
  void seeded() {
    SeededInputs.of(StartupDecoderFuzzTest.class, "anyPacket", "options", "search_path", "-c ")
        .each(this::anyPacket);
  }

  @FuzzTest(maxDuration = "10s")
  void anyPacket(byte[] input) {
    EmbeddedChannel channel = new EmbeddedChannel(new StartupDecoder(PartialInput.UNCOUNTED));
    try {
      channel.writeInbound(Unpooled.copiedBuffer(input));
      for (Object packet = channel.readInbound(); packet != null; packet = channel.readInbound()) {
        if (packet instanceof StartupMessage message) {
          SessionRequest.of(message);
        }
      }
    } catch (InvalidStartupParameter e) {
      // The client is told.
    } catch (DecoderException e) {
      onlyAViolation(e);
    } finally {
      end(channel);
    }
  }

  /** The decoder looks at the bytes left over once more as the channel closes. */
  private static void end(EmbeddedChannel channel) {
    try {
      channel.finishAndReleaseAll();
    } catch (DecoderException e) {
      onlyAViolation(e);
    }
  }

  private static void onlyAViolation(DecoderException e) {
    if (!(e.getCause() instanceof ProtocolViolation)) {
      throw e;
    }
  }
}

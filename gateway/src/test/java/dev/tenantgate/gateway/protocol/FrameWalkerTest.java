package dev.tenantgate.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameWalkerTest {

  private final Walker walker = new Walker();

  @AfterEach
  void close() {
    walker.close();
  }

  private static byte[] frame(char type, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(5 + bytes.length)
        .put((byte) type)
        .putInt(4 + bytes.length)
        .put(bytes)
        .array();
  }

  private static byte[] stream(byte[]... frames) {
    int length = 0;
    for (byte[] frame : frames) {
      length += frame.length;
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (byte[] frame : frames) {
      all.put(frame);
    }
    return all.array();
  }

  private static String text(byte[]... frames) {
    return new String(stream(frames), StandardCharsets.ISO_8859_1);
  }

  private void feed(byte[] bytes, int step) {
    for (int at = 0; at < bytes.length; at += step) {
      int length = Math.min(step, bytes.length - at);
      walker.read(UnpooledByteBufAllocator.DEFAULT.buffer(length).writeBytes(bytes, at, length));
    }
  }

  /** Dropped, replaced, shortened, forwarded: the same, wherever the stream is cut. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 11, 17, 1000})
  void comesOutTheSameWhereverItIsCut(int step) {
    feed(
        stream(
            frame('D', "a long row"),
            frame('x', "dropped"),
            frame('w', "seen whole"),
            frame('D', ""),
            frame('r', "replaced"),
            frame('o', "12345rest of it"),
            frame('D', "the end")),
        step);

    assertThat(walker.out.toString())
        .isEqualTo(
            text(frame('D', "a long row"), frame('w', "seen whole"), frame('D', ""))
                + "[instead]"
                + "rest of it"
                + text(frame('D', "the end")));
    assertThat(walker.whole).containsExactly("seen whole");
    assertThat(walker.isDone()).isTrue();
    assertThat(walker.atBoundary()).isTrue();
  }

  /** Only the first of a run in one read is shown; a length that can't be is found in it. */
  @Test
  void passesOverARunOfFramesThatRepeat() {
    byte[] run = stream(frame('d', "1"), frame('d', ""), frame('d', "333"), frame('D', "row"));

    feed(run, 1000);
    assertThat(walker.shown).isEqualTo(1);
    feed(run, 1);
    assertThat(walker.shown).isEqualTo(1 + 3);
    assertThat(walker.out.toString()).isEqualTo(text(run, run));
    assertThat(walker.isDone()).isTrue();

    byte[] wrong = stream(frame('d', "1"), new byte[] {'d', 0, 0, 0, 3});
    assertThatThrownBy(() -> feed(wrong, 1000)).isInstanceOf(ProtocolViolation.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 6, 8, 1000})
  void pausesInFrontOfAFrameAndGoesOnWithIt(int step) {
    walker.open = false;
    feed(stream(frame('D', "one"), frame('p', "two"), frame('D', "three")), step);

    assertThat(walker.out.toString()).isEqualTo(text(frame('D', "one")));
    assertThat(walker.isPaused()).isTrue();
    assertThat(walker.isDone()).isFalse();
    walker.open = true;
    walker.resume();

    assertThat(walker.out.toString())
        .isEqualTo(text(frame('D', "one"), frame('p', "two"), frame('D', "three")));
    assertThat(walker.isDone()).isTrue();
  }

  @Test
  void emitsWhatNothingIsLeftOutOfAsItCame() {
    ByteBuf in = UnpooledByteBufAllocator.DEFAULT.buffer().writeBytes(frame('D', "row"));

    walker.read(in);

    assertThat(walker.last).isSameAs(in);
  }

  @Test
  void putsSomethingInFrontOfAFrameAndEndsBehindOne() {
    feed(stream(frame('D', "a"), frame('b', "c"), frame('t', ""), frame('D', "d")), 1000);

    assertThat(walker.out.toString())
        .isEqualTo(
            text(frame('D', "a"))
                + "[before]"
                + text(frame('b', "c"), frame('t', ""))
                + "[through]"
                + text(frame('D', "d")));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, -1, Integer.MIN_VALUE})
  void refusesALengthThatCannotBe(int length) {
    ByteBuf in = UnpooledByteBufAllocator.DEFAULT.buffer().writeByte('D').writeInt(length);

    assertThatThrownBy(() -> walker.read(in)).isInstanceOf(ProtocolViolation.class);
    assertThat(in.refCnt()).isZero();
  }

  @Test
  void dropsWhatComesBehindItsEnd() {
    walker.open = false;
    feed(frame('p', "paused"), 1000);
    walker.close();
    ByteBuf late = UnpooledByteBufAllocator.DEFAULT.buffer().writeBytes(frame('D', "late"));
    walker.read(late);

    assertThat(late.refCnt()).isZero();
    assertThat(walker.out.toString()).isEmpty();
  }

  private static final class Walker extends FrameWalker {

    private final StringBuilder out = new StringBuilder();
    private final List<String> whole = new ArrayList<>();
    private boolean open = true;
    private int shown;
    private Object last = "";

    Walker() {
      super(UnpooledByteBufAllocator.DEFAULT);
    }

    @Override
    protected int wantedBytes(byte type, int bodyBytes) {
      return type == 'w' ? bodyBytes : type == 'o' ? Math.min(5, bodyBytes) : 0;
    }

    @Override
    protected boolean repeats(byte type) {
      return type == 'd';
    }

    @Override
    protected int frame(byte type, ByteBuf in, int at, int bodyBytes) {
      return switch (type) {
        case 'd' -> {
          shown++;
          yield FORWARD;
        }
        case 'x' -> DROP;
        case 'w' -> {
          whole.add(in.toString(at + 5, bodyBytes, StandardCharsets.US_ASCII));
          yield FORWARD;
        }
        case 'r' -> {
          emitBefore();
          out.append("[instead]");
          yield DROP;
        }
        case 'o' -> 10;
        case 'p' -> open ? FORWARD : PAUSE;
        case 'b' -> {
          emitBefore();
          out.append("[before]");
          yield FORWARD;
        }
        case 't' -> {
          emitThrough();
          out.append("[through]");
          yield EMITTED;
        }
        default -> FORWARD;
      };
    }

    @Override
    protected void emit(ByteBuf run) {
      last = run;
      out.append(run.toString(StandardCharsets.ISO_8859_1));
      run.release();
    }
  }
}

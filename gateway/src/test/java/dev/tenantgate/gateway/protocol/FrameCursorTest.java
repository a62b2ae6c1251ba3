package dev.tenantgate.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameCursorTest {

  private final List<String> seen = new ArrayList<>();
  private final FrameCursor cursor =
      new FrameCursor() {
        @Override
        protected boolean onFrame(byte type, int bodyBytes) {
          seen.add((char) type + ":" + bodyBytes);
          return type == 'Z' || type == 'n';
        }

        @Override
        protected void onFirstByte(byte type, byte value) {
          seen.add((char) type + "=" + (char) value);
        }
      };

  private static ByteBuf frames(String... typeAndBody) {
    ByteBuf out = Unpooled.buffer();
    for (String frame : typeAndBody) {
      byte[] body = frame.substring(1).getBytes(StandardCharsets.US_ASCII);
      out.writeByte(frame.charAt(0)).writeInt(4 + body.length).writeBytes(body);
    }
    return out;
  }

  @Test
  void findsTheFramesOfAWholeBuffer() {
    ByteBuf stream = frames("Tdescription", "Drow", "n", "CSELECT 1", "ZI");

    cursor.advance(stream);

    assertThat(seen).containsExactly("T:11", "D:3", "n:0", "C:8", "Z:1", "Z=I");
    assertThat(cursor.atBoundary()).isTrue();
    assertThat(stream.readerIndex()).as("the buffer is left as it was").isZero();
  }

  @Test
  void findsTheSameFramesWhereverTheStreamIsCut() {
    ByteBuf stream = frames("Drow", "n", "ZT", "E", "ZI");
    cursor.advance(stream);
    List<String> whole = List.copyOf(seen);
    for (int first = 0; first <= stream.readableBytes(); first++) {
      for (int second = first; second <= stream.readableBytes(); second++) {
        seen.clear();
        cursor.advance(stream.slice(0, first));
        cursor.advance(stream.slice(first, second - first));
        cursor.advance(stream.slice(second, stream.readableBytes() - second));
        assertThat(seen).as("cut at %d and %d", first, second).isEqualTo(whole);
      }
    }
  }

  @Test
  void findsTheSameFramesByteByByte() {
    ByteBuf stream = frames("ZI", "Drow", "ZE");
    for (int i = 0; i < stream.readableBytes(); i++) {
      cursor.advance(stream.slice(i, 1));
    }
    assertThat(seen).containsExactly("Z:1", "Z=I", "D:3", "Z:1", "Z=E");
  }

  @Test
  void isBetweenBoundariesInsideHeaderAndBody() {
    ByteBuf stream = frames("Drow");
    for (int cut = 1; cut < stream.readableBytes(); cut++) {
      cursor.advance(stream.slice(0, cut));
      assertThat(cursor.atBoundary()).as("after %d bytes", cut).isFalse();
      cursor.advance(stream.slice(cut, stream.readableBytes() - cut));
      assertThat(cursor.atBoundary()).isTrue();
    }
  }

  @Test
  void passesOverTheLargestFrame() {
    ByteBuf header = Unpooled.buffer().writeByte('D').writeInt(Integer.MAX_VALUE);
    cursor.advance(header);
    assertThat(seen).containsExactly("D:" + (Integer.MAX_VALUE - 4));
  }

  @Test
  void refusesLengthsThatCantBe() {
    for (int length : new int[] {0, 1, 2, 3, -1, Integer.MIN_VALUE}) {
      ByteBuf header = Unpooled.buffer().writeByte('Q').writeInt(length);
      assertThatThrownBy(() -> cursor.advance(header))
          .isInstanceOf(ProtocolViolation.class)
          .hasMessage("message of type 'Q' has an invalid length of %d bytes", length);
    }
  }
}

package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A {@link RefusedMessage} is one that fails as the refused one would have. */
class RefusedMessageTest {

  private static ByteBuf encode(byte type) {
    return RefusedMessage.encode(type, UnpooledByteBufAllocator.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(bytes = {FrontendMessage.QUERY, FrontendMessage.FUNCTION_CALL})
  void messageThatNeedsNoSyncIsAQuery(byte type) {
    ByteBuf message = encode(type);

    assertThat(RefusedMessage.isAnsweredLikeQuery(type)).isTrue();
    assertThat(message.readByte()).isEqualTo(FrontendMessage.QUERY);
    assertThat(message.readInt()).isEqualTo(4 + message.readableBytes());
    assertThat(text(message)).isEqualTo("EXECUTE \"tenantgate refused this\"");
    assertThat(message.isReadable()).isFalse();
    message.release();
  }

  @ParameterizedTest
  @ValueSource(bytes = {FrontendMessage.PARSE, FrontendMessage.BIND, FrontendMessage.EXECUTE})
  void messageOfABatchIsABindOfAStatementThatThereIsNot(byte type) {
    ByteBuf message = encode(type);

    assertThat(RefusedMessage.isAnsweredLikeQuery(type)).isFalse();
    assertThat(message.readByte()).isEqualTo(FrontendMessage.BIND);
    assertThat(message.readInt()).isEqualTo(4 + message.readableBytes());
    assertThat(text(message)).as("portal").isEmpty();
    assertThat(text(message)).as("statement").isEqualTo("tenantgate refused this");
    assertThat(message.readableBytes()).as("three counts").isEqualTo(6);
    assertThat(message.readInt()).isZero();
    message.release();
  }

  @Test
  void itsBufferHasRoomForJustTheMessage() {
    ByteBuf message = encode(FrontendMessage.BIND);

    assertThat(message.capacity()).isEqualTo(message.readableBytes());
    message.release();
  }

  private static String text(ByteBuf message) {
    int bytes = message.bytesBefore((byte) 0);
    String text = message.readCharSequence(bytes, StandardCharsets.UTF_8).toString();
    message.skipBytes(1);
    return text;
  }
}

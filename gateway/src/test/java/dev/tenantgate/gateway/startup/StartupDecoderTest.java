package dev.tenantgate.gateway.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.protocol.LoginFrameDecoder.PartialInput;
import dev.tenantgate.gateway.protocol.ProtocolVersion;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartupDecoderTest {

  private final EmbeddedChannel channel =
      new EmbeddedChannel(new StartupDecoder(PartialInput.UNCOUNTED));

  @AfterEach
  void leavesNothingBehind() {
    channel.close();
  }

  private static ByteBuf packet(int code) {
    return Unpooled.buffer().writeInt(8).writeInt(code);
  }

  private static ByteBuf startup(String... namesAndValues) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      parameters.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new StartupMessage(new ProtocolVersion(3, 0), parameters)
        .encode(ByteBufAllocator.DEFAULT);
  }

  private static void assertViolation(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(DecoderException.class)
        .hasCauseInstanceOf(ProtocolViolation.class)
        .hasMessageContaining(message);
  }

  @Test
  void readsAStartupMessageByteByByte() {
    ByteBuf bytes = startup("user", "ann", "search_path", "tenant_größe");
    while (bytes.isReadable()) {
      channel.writeInbound(bytes.readRetainedSlice(1));
    }
    bytes.release();

    StartupMessage message = channel.readInbound();
    assertThat(message.version()).isEqualTo(new ProtocolVersion(3, 0));
    assertThat(message.parameters())
        .containsExactly(Map.entry("user", "ann"), Map.entry("search_path", "tenant_größe"));
  }

  @Test
  void readsTheRequestsForEncryptionInSequence() {
    channel.writeInbound(packet(80877104));
    channel.writeInbound(packet(80877103));
    channel.writeInbound(startup("user", "ann"));

    assertThat(channel.<Object>readInbound()).isEqualTo(EncryptionRequest.GSSAPI);
    assertThat(channel.<Object>readInbound()).isEqualTo(EncryptionRequest.TLS);
    assertThat(channel.<Object>readInbound()).isInstanceOf(StartupMessage.class);
  }

  @Test
  void refusesASecondRequestForTheSameEncryption() {
    channel.writeInbound(packet(80877103));
    assertViolation(() -> channel.writeInbound(packet(80877103)), "a second SSLRequest");
  }

  @Test
  void refusesBytesBehindARequestForEncryption() {
    assertViolation(
        () ->
            channel.writeInbound(
                Unpooled.wrappedBuffer(packet(80877103), startup("user", "mallory"))),
        "received unencrypted data");
  }

  @Test
  void readsCancelRequestsOfBothProtocols() {
    channel.writeInbound(
        Unpooled.buffer().writeInt(16).writeInt(80877102).writeInt(4711).writeInt(42));
    CancelRequest request = channel.readInbound();
    assertThat(request.key().processId()).isEqualTo(4711);
    assertThat(request.key().secretBytes()).isEqualTo(4);

    channel.writeInbound(
        Unpooled.buffer().writeInt(44).writeInt(80877102).writeInt(1).writeZero(32));
    CancelRequest longKey = channel.readInbound();
    assertThat(longKey.key().secretBytes()).isEqualTo(32);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 7, -1, Integer.MIN_VALUE, 10_001, Integer.MAX_VALUE, 0x47455420})
  void refusesLengthsBeforeAnythingIsBuffered(int length) {
    assertViolation(
        () -> channel.writeInbound(Unpooled.buffer().writeInt(length)),
        "invalid length of startup packet: " + Integer.toUnsignedString(length));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"user", "user\0ann", "user\0ann\0", "user\0ann\0\0\0", "user\0\377\376\0\0"})
  void refusesParametersThatDontEnd(String body) {
    byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuf packet =
        Unpooled.buffer().writeInt(8 + bytes.length).writeInt(3 << 16).writeBytes(bytes);
    assertViolation(() -> channel.writeInbound(packet), "startup");
  }

  @Test
  void refusesOldProtocolsAndDirectTls() {
    assertThatThrownBy(() -> channel.writeInbound(packet(2 << 16)))
        .hasMessageEndingWith("unsupported frontend protocol 2.0: server supports 3.0 to 3.2")
        .cause()
        .asInstanceOf(InstanceOfAssertFactories.type(ProtocolViolation.class))
        .satisfies(
            violation -> assertThat(violation.state()).isEqualTo(SqlState.FEATURE_NOT_SUPPORTED));
    EmbeddedChannel other = new EmbeddedChannel(new StartupDecoder(PartialInput.UNCOUNTED));
    assertViolation(
        () -> other.writeInbound(Unpooled.wrappedBuffer(new byte[] {0x16, 3, 1})), "direct TLS");
  }
}

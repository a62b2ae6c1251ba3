package dev.tenantgate.gateway.startup;

import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import dev.tenantgate.gateway.protocol.ProtocolVersion;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads untyped packets until a StartupMessage or a CancelRequest has come. The handler of those
 * takes this decoder out of the pipeline or closes the channel.
 *
 * <p>As PostgreSQL does, it closes in silence what doesn't look like a client of this protocol: a
 * packet of a length that can't be, which any other protocol's first bytes and a message with a
 * type (a Terminate) are; a TLS ClientHello where TLS isn't offered; a CancelRequest without a key.
 *
 * <p>Rejects with a {@link ProtocolViolation}: lengths that can't be, before anything of that
 * length is buffered; strings without an end; a TLS ClientHello where none is expected; encryption
 * asked for twice, or inside TLS; and bytes that stand behind a request for encryption before it
 * was answered, which somebody in the middle could have put there (CVE-2021-23214, CVE-2021-3935).
 */
public final class StartupDecoder extends ByteToMessageDecoder {

  /** As PostgreSQL has it (MAX_STARTUP_PACKET_LENGTH). */
  public static final int MAX_PACKET_BYTES = 10_000;

  private static final int MIN_PACKET_BYTES = 8;

  private final LoginFrameDecoder.PartialInput partialInput;
  private boolean tlsAsked;
  private boolean gssapiAsked;

  /** Makes one that tells whether a part of a packet waits for its rest. */
  public StartupDecoder(LoginFrameDecoder.PartialInput partialInput) {
    this.partialInput = partialInput;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    partialInput.partial(actualReadableBytes() > 0);
    super.channelReadComplete(ctx);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.getByte(in.readerIndex()) == DirectTls.TLS_HANDSHAKE) {
      throw ProtocolViolation.untold("unexpected TLS handshake: direct TLS is not served here");
    }
    if (in.readableBytes() < 4) {
      return;
    }
    int length = in.getInt(in.readerIndex());
    if (length < MIN_PACKET_BYTES || length > MAX_PACKET_BYTES) {
      throw ProtocolViolation.untold(
          "invalid length of startup packet: " + Integer.toUnsignedString(length));
    }
    if (in.readableBytes() >= length) {
      ByteBuf packet = in.readSlice(length).skipBytes(4);
      StartupPacket decoded = decodePacket(packet, in.isReadable());
      if (decoded instanceof EncryptionRequest && FrontendTls.protects(ctx.channel())) {
        throw new ProtocolViolation("a request for encryption on an encrypted connection");
      }
      out.add(decoded);
    }
  }

  private StartupPacket decodePacket(ByteBuf packet, boolean moreBehindIt) {
    int code = packet.readInt();
    if (code == EncryptionRequest.TLS.code()) {
      requireOnce(tlsAsked, "SSLRequest");
      tlsAsked = true;
      return encryption(EncryptionRequest.TLS, packet, moreBehindIt);
    }
    if (code == EncryptionRequest.GSSAPI.code()) {
      requireOnce(gssapiAsked, "GSSENCRequest");
      gssapiAsked = true;
      return encryption(EncryptionRequest.GSSAPI, packet, moreBehindIt);
    }
    if (code == CancelRequest.CODE) {
      return cancelRequest(packet);
    }
    ProtocolVersion version = ProtocolVersion.ofCode(code);
    // A newer minor version is no error: the answer names the one that is spoken here.
    if (version.major() != 3) {
      throw new ProtocolViolation(
          SqlState.FEATURE_NOT_SUPPORTED,
          "unsupported frontend protocol %s: server supports 3.0 to 3.2".formatted(version));
    }
    return new StartupMessage(version, decodeParameters(packet));
  }

  /** A client that asks for a cancel waits for no answer. */
  private static CancelRequest cancelRequest(ByteBuf packet) {
    try {
      return new CancelRequest(CancelKey.read(packet));
    } catch (ProtocolViolation e) {
      throw ProtocolViolation.untold(String.valueOf(e.getMessage()));
    }
  }

  private static void requireOnce(boolean askedBefore, String request) {
    if (askedBefore) {
      throw new ProtocolViolation("a second " + request);
    }
  }

  private static EncryptionRequest encryption(
      EncryptionRequest request, ByteBuf packet, boolean moreBehindIt) {
    if (packet.isReadable()) {
      throw new ProtocolViolation("invalid length of startup packet");
    }
    if (moreBehindIt) {
      throw new ProtocolViolation("received unencrypted data after a request for encryption");
    }
    return request;
  }

  private static Map<String, String> decodeParameters(ByteBuf packet) {
    Map<String, String> parameters = new LinkedHashMap<>();
    while (true) {
      String name = decodeString(packet);
      if (name.isEmpty()) {
        break;
      }
      parameters.put(name, decodeString(packet));
    }
    if (packet.isReadable()) {
      throw new ProtocolViolation(
          "invalid startup packet layout: expected terminator as last byte");
    }
    return parameters;
  }

  private static String decodeString(ByteBuf packet) {
    int bytes = packet.bytesBefore((byte) 0);
    if (bytes < 0) {
      throw new ProtocolViolation(
          "invalid startup packet layout: expected terminator as last byte");
    }
    if (!ByteBufUtil.isText(packet, packet.readerIndex(), bytes, StandardCharsets.UTF_8)) {
      // Kept as they are they would be changed on their way to the backend, silently.
      throw new ProtocolViolation("startup parameters must be UTF-8");
    }
    String text = packet.readString(bytes, StandardCharsets.UTF_8);
    packet.skipBytes(1);
    return text;
  }
}

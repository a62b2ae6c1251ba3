package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/**
 * The message that the server gets in place of one that the gateway refuses: it fails, so that the
 * server fails its transaction, skips to the Sync and says ReadyForQuery just as if the refused
 * message had failed there. It names a prepared statement that there can't be, so that it touches
 * neither the client's unnamed statement nor its portals. Stateless.
 */
final class RefusedMessage {

  private static final String NAME = "tenantgate refused this";
  private static final byte[] NAME_BYTES = (NAME + '\0').getBytes(StandardCharsets.US_ASCII);

  private RefusedMessage() {}

  /** A message that fails like one of this type. The caller owns the buffer. */
  static ByteBuf encode(byte type, ByteBufAllocator allocator) {
    return isAnsweredLikeQuery(type)
        ? FrontendMessage.query(allocator, "EXECUTE \"" + NAME + '"')
        : bind(allocator);
  }

  /** Whether a ReadyForQuery answers a message of this type, without a Sync. */
  static boolean isAnsweredLikeQuery(byte type) {
    return type == FrontendMessage.QUERY || type == FrontendMessage.FUNCTION_CALL;
  }

  private static ByteBuf bind(ByteBufAllocator allocator) {
    return allocator
        .buffer(5 + 1 + NAME_BYTES.length + 6)
        .writeByte(FrontendMessage.BIND)
        .writeInt(4 + 1 + NAME_BYTES.length + 6)
        .writeByte(0)
        .writeBytes(NAME_BYTES)
        .writeShort(0)
        .writeShort(0)
        .writeShort(0);
  }
}

package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Stands in for a message that is refused: a statement that fails, so that the server fails its
 * transaction, skips to the Sync and says ReadyForQuery just as if the refused statement had failed
 * there. Its error is known by the name in it, and is replaced by ours. Immutable.
 *
 * @param exchange the exchange that it is part of
 * @param name of a prepared statement that there can't be
 * @param report what the client is told
 */
record RefusedMessage(long exchange, String name, Report report) {

  static RefusedMessage of(long exchange, Report report) {
    return new RefusedMessage(
        exchange,
        "tenantgate refused this: %016x".formatted(ThreadLocalRandom.current().nextLong()),
        report);
  }

  /** What is sent in the place of a message of this type. */
  ByteBuf encode(byte type, ByteBufAllocator allocator) {
    return type == FrontendMessage.QUERY || type == FrontendMessage.FUNCTION_CALL
        ? query(allocator)
        : bind(allocator);
  }

  private ByteBuf query(ByteBufAllocator allocator) {
    return FrontendMessage.query(allocator, "EXECUTE \"" + name + '"');
  }

  private ByteBuf bind(ByteBufAllocator allocator) {
    byte[] statement = name.getBytes(StandardCharsets.US_ASCII);
    return allocator
        .buffer(statement.length + 13)
        .writeByte(FrontendMessage.BIND)
        .writeInt(statement.length + 12)
        .writeByte(0)
        .writeBytes(statement)
        .writeByte(0)
        .writeShort(0)
        .writeShort(0)
        .writeShort(0);
  }

  /** Whether an ErrorResponse is about it. */
  boolean isMeantBy(ByteBuf buffer, int body, int bodyBytes) {
    return buffer.toString(body, bodyBytes, StandardCharsets.ISO_8859_1).contains(name);
  }
}

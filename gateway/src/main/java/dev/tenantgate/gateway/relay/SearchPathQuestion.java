package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.prepared.GatewayNames;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/**
 * Asks the server for the session's {@code search_path}, between two exchanges of the client's. A
 * Query would end the client's unnamed statement and its unnamed portal; a statement and a portal
 * with names of the gateway's leave both.
 */
final class SearchPathQuestion {

  private static final byte[] NAME =
      (GatewayNames.prefix() + "path\0").getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SQL = "SHOW search_path\0".getBytes(StandardCharsets.US_ASCII);

  private SearchPathQuestion() {}

  /** The messages, with their Sync. The caller owns the buffer. */
  static ByteBuf encode(ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer(256);
    out.writeByte(FrontendMessage.PARSE).writeInt(4 + NAME.length + SQL.length + 2);
    out.writeBytes(NAME).writeBytes(SQL).writeShort(0);
    out.writeByte(FrontendMessage.BIND).writeInt(4 + 2 * NAME.length + 6);
    out.writeBytes(NAME).writeBytes(NAME).writeShort(0).writeShort(0).writeShort(0);
    out.writeByte(FrontendMessage.EXECUTE).writeInt(4 + NAME.length + 4);
    out.writeBytes(NAME).writeInt(0);
    close(out, 'P');
    close(out, 'S');
    return out.writeByte(FrontendMessage.SYNC).writeInt(4);
  }

  private static void close(ByteBuf out, char kind) {
    out.writeByte(FrontendMessage.CLOSE).writeInt(4 + 1 + NAME.length);
    out.writeByte(kind).writeBytes(NAME);
  }
}

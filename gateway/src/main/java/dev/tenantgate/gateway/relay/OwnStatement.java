package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.statements.GatewayNames;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * A statement of the gateway's own among a client's messages: it is prepared, run and closed under
 * a name that leaves the client's statements and portals alone. Immutable.
 */
final class OwnStatement {

  /** With its NUL. */
  private final byte[] name;

  OwnStatement(String purpose) {
    this.name = (GatewayNames.prefix() + purpose + '\0').getBytes(StandardCharsets.US_ASCII);
  }

  /** Writes the messages that run a text; a Flush or a Sync is to follow. */
  ByteBuf write(ByteBuf out, String text) {
    byte[] sql = text.getBytes(StandardCharsets.US_ASCII);
    out.writeByte(FrontendMessage.PARSE).writeInt(4 + name.length + sql.length + 1 + 2);
    out.writeBytes(name).writeBytes(sql).writeByte(0).writeShort(0);
    out.writeByte(FrontendMessage.BIND).writeInt(4 + 2 * name.length + 6);
    out.writeBytes(name).writeBytes(name).writeShort(0).writeShort(0).writeShort(0);
    out.writeByte(FrontendMessage.EXECUTE).writeInt(4 + name.length + 4);
    out.writeBytes(name).writeInt(0);
    return close(close(out, 'P'), 'S');
  }

  private ByteBuf close(ByteBuf out, char kind) {
    out.writeByte(FrontendMessage.CLOSE).writeInt(4 + 1 + name.length);
    return out.writeByte(kind).writeBytes(name);
  }
}

package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.statements.GatewayNames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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

  /**
   * Writes the messages that have the server analyse a text, and keep nothing of it.
   *
   * @param text with its types of parameters, as in a Parse behind the name
   */
  ByteBuf writeAnalysis(ByteBuf out, ByteBuf text) {
    return writeTrial(out, Unpooled.wrappedBuffer(name, 0, name.length - 1), text);
  }

  /** The same under another name, which may be taken, without its NUL. */
  static ByteBuf writeTrial(ByteBuf out, ByteBuf name, ByteBuf text) {
    int nameBytes = name.readableBytes() + 1;
    out.writeByte(FrontendMessage.PARSE).writeInt(4 + nameBytes + text.readableBytes());
    out.writeBytes(name.duplicate()).writeByte(0).writeBytes(text);
    for (int i = 0; i < 2; i++) { // as many as answer a statement that is run
      out.writeByte(FrontendMessage.CLOSE).writeInt(4 + 1 + nameBytes);
      out.writeByte('S').writeBytes(name.duplicate()).writeByte(0);
    }
    return out;
  }

  private ByteBuf close(ByteBuf out, char kind) {
    out.writeByte(FrontendMessage.CLOSE).writeInt(4 + 1 + name.length);
    return out.writeByte(kind).writeBytes(name);
  }
}

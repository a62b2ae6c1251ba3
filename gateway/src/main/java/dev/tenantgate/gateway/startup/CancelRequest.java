package dev.tenantgate.gateway.startup;

import dev.tenantgate.gateway.protocol.CancelKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Asks to cancel what another connection is doing; comes on a connection of its own. */
public record CancelRequest(CancelKey key) implements StartupPacket {

  static final int CODE = 80877102;

  /** The whole packet. The caller owns the buffer. */
  public ByteBuf encode(ByteBufAllocator allocator) {
    int length = 12 + key.secretBytes();
    ByteBuf out = allocator.buffer(length).writeInt(length).writeInt(CODE);
    key.writeTo(out);
    return out;
  }
}

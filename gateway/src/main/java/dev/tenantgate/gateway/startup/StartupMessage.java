package dev.tenantgate.gateway.startup;

import dev.tenantgate.gateway.protocol.ProtocolVersion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Says who connects to what, and with which settings.
 *
 * @param version the protocol version asked for
 * @param parameters names and values in the order they came; a name that came twice has its last
 *     value
 */
public record StartupMessage(ProtocolVersion version, Map<String, String> parameters)
    implements StartupPacket {

  public StartupMessage {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /** The whole packet. The caller owns the buffer. */
  public ByteBuf encode(ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer(256).writeInt(0).writeInt(version.code());
    parameters.forEach(
        (name, value) -> {
          ByteBufUtil.writeUtf8(out, name);
          out.writeByte(0);
          ByteBufUtil.writeUtf8(out, value);
          out.writeByte(0);
        });
    out.writeByte(0);
    return out.setInt(0, out.writerIndex());
  }
}

package dev.tenantgate.gateway.notification;

import dev.tenantgate.gateway.protocol.BackendMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.Charset;

/**
 * A NotificationResponse, for every session that it concerns. Immutable.
 *
 * @param processId as clients know the sender: what BackendKeyData told it where it came here, else
 *     its process at the server
 */
public record Notification(int processId, String channel, String payload) {

  /** The bytes that it takes to keep it, roughly. */
  public int size() {
    return 64 + channel.length() + payload.length();
  }

  /** The message. The caller owns the buffer. */
  public ByteBuf encode(ByteBufAllocator allocator, Charset charset) {
    byte[] name = channel.getBytes(charset);
    byte[] text = payload.getBytes(charset);
    int length = 4 + 4 + name.length + 1 + text.length + 1;
    return allocator
        .buffer(1 + length)
        .writeByte(BackendMessage.NOTIFICATION_RESPONSE)
        .writeInt(length)
        .writeInt(processId)
        .writeBytes(name)
        .writeByte(0)
        .writeBytes(text)
        .writeByte(0);
  }
}

package dev.tenantgate.gateway.notification;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.Charset;

/**
 * A NotificationResponse, for every session that it concerns. Immutable.
 *
 * @param sender its process at the server
 * @param processId as clients know the sender: what BackendKeyData told it where it came here, else
 *     its process at the server
 */
public record Notification(int sender, int processId, String channel, String payload) {

  /**
   * Reads the body of a message; its sender is known by its process at the server.
   *
   * @throws ProtocolViolation at a text that doesn't end
   */
  public static Notification read(ByteBuf body, Charset charset) {
    int sender = body.readInt();
    return new Notification(sender, sender, text(body, charset), text(body, charset));
  }

  private static String text(ByteBuf body, Charset charset) {
    int bytes = body.bytesBefore((byte) 0);
    if (bytes < 0) {
      throw new ProtocolViolation("a NotificationResponse with a text that doesn't end");
    }
    String text = body.readString(bytes, charset);
    body.skipBytes(1);
    return text;
  }

  /** The same of a sender that clients know by another process. */
  Notification shownAs(int process) {
    return new Notification(sender, process, channel, payload);
  }

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

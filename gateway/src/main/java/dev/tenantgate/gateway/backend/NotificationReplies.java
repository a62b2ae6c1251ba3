package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.FrameWalker;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The notifications that one backend tells, between any two answers outside of a transaction. A
 * client with a backend of its own gets them as they come. Where it was told another process to be
 * its own, for its first backend was lost, that process stands for the backend's. Of a shared
 * backend they are shown to the holder of the lease, if its client has had the backend listen.
 * Event-loop confined.
 */
final class NotificationReplies {

  /** A payload has fewer than 8,000 bytes in the server's encoding; here it may have some more. */
  private static final int MOST_BYTES = 64 * 1024;

  private static final int HEADER_BYTES = 5;

  private final PooledBackend backend;
  private final FrameWalker replies;

  NotificationReplies(PooledBackend backend, FrameWalker replies) {
    this.backend = backend;
    this.replies = replies;
  }

  /** How many bytes of one are read. */
  int wantedBytes(int bodyBytes) {
    LeaseHolder holder = backend.lessee();
    if (holder == null) {
      return 0;
    }
    if (holder.takesNotifications()) {
      return knowsAnotherProcess(holder) ? Math.min(Integer.BYTES, bodyBytes) : 0;
    }
    return holder.hearsNotifications() ? bodyBytes : 0;
  }

  /** One has come; what becomes of it. */
  int take(@Nullable LeaseHolder holder, ByteBuf in, int at, int bodyBytes) {
    if (holder == null) {
      return FrameWalker.DROP;
    }
    if (holder.takesNotifications()) {
      return bodyBytes >= Integer.BYTES
              && knowsAnotherProcess(holder)
              && in.getInt(at + HEADER_BYTES) == backend.processId()
          ? tellAnotherProcess(holder, in, at)
          : FrameWalker.FORWARD;
    }
    if (holder.hearsNotifications()) {
      if (bodyBytes > MOST_BYTES) {
        throw new ProtocolViolation("a NotificationResponse of %d bytes".formatted(bodyBytes));
      }
      holder.heard(in.slice(at + HEADER_BYTES, bodyBytes));
    }
    return FrameWalker.DROP;
  }

  private boolean knowsAnotherProcess(LeaseHolder holder) {
    int told = holder.processId();
    return told != 0 && told != backend.processId();
  }

  /** The frame's beginning is replaced, and its rest goes on. */
  private int tellAnotherProcess(LeaseHolder holder, ByteBuf in, int at) {
    replies.emitBefore();
    holder.fromBackend(
        backend
            .channel()
            .alloc()
            .buffer(HEADER_BYTES + Integer.BYTES)
            .writeBytes(in, at, HEADER_BYTES)
            .writeInt(holder.processId()));
    return HEADER_BYTES + Integer.BYTES;
  }
}

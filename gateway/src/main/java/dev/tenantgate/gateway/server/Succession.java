package dev.tenantgate.gateway.server;

import dev.tenantgate.config.ShutdownSettings;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * From the gateway before this one to the next: the one is released when this gateway serves, the
 * other may take over from then on. Thread-safe.
 */
final class Succession {

  private final Transport transport;
  private final EventLoopGroup loops;
  private final @Nullable Path socket;
  private final OpenedSockets opened;
  private @Nullable Successors successors;
  private boolean ended;

  Succession(
      Transport transport, EventLoopGroup loops, ShutdownSettings settings, OpenedSockets opened) {
    this.transport = transport;
    this.loops = loops;
    this.socket = settings.takeoverSocket();
    this.opened = opened;
  }

  /**
   * This gateway serves.
   *
   * @param descriptor its listening socket; asked for only where somebody may take that over
   * @param takenOver called once, on an event loop, when somebody has
   * @throws IOException if the takeover socket can't be had
   */
  synchronized void begin(IntSupplier descriptor, Runnable takenOver) throws IOException {
    opened.takeOver();
    if (socket != null && !ended) {
      successors = Successors.await(transport, loops, socket, descriptor.getAsInt(), takenOver);
    }
  }

  /** Nobody may take over any more; a gateway that this one hasn't released yet goes on. */
  synchronized void end() {
    ended = true;
    opened.abandon();
    if (successors != null) {
      successors.close();
    }
  }
}

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
   * @param heir for the one that does
   * @throws IOException if the takeover socket can't be had
   */
  synchronized void begin(IntSupplier descriptor, Successors.Heir heir) throws IOException {
    opened.takeOver();
    if (socket != null && !ended) {
      successors = Successors.await(transport, loops, socket, descriptor.getAsInt(), heir);
    }
  }

  /** The gateway that this one has taken over from, for as long as it lives. */
  @Nullable Predecessor predecessor() {
    return opened.predecessor();
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

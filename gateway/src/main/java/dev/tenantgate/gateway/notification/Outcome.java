package dev.tenantgate.gateway.notification;

import dev.tenantgate.gateway.protocol.Report;
import org.jspecify.annotations.Nullable;

/** Told what came of a session's wish to listen, once, on the session's event loop. */
@FunctionalInterface
public interface Outcome {

  /** All is done; with an error the session doesn't listen at all. */
  void done(@Nullable Report error);
}

package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.connect.CancelRegistry.Cancellable;

/** A query that was under way when its client left, and can be cancelled until it is over. */
public interface UnfinishedQuery extends Cancellable {

  /** Runs a task once the query is over, on the backend's event loop. */
  void whenOver(Runnable task);
}

package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.connect.UnfinishedQuery;
import dev.tenantgate.gateway.settings.PinReason;
import org.jspecify.annotations.Nullable;

/**
 * The way of a backend whose client has left: others get it at once, or when it is recovered, or
 * never. Immutable.
 *
 * @param pin why the session kept it; null if it didn't
 * @param whole whether what was sent to it ends with a whole message
 * @param unsynced whether messages were sent that a Sync was to follow
 */
record Departure(@Nullable PinReason pin, boolean whole, boolean unsynced) {

  /**
   * It was in the middle of something, or kept.
   *
   * @return what it still does for the client; null for nothing
   */
  @Nullable UnfinishedQuery leave(PooledBackend backend, boolean doubtful) {
    return isRecoverable() ? backend.recover(unsynced, doubtful || pin != null) : backend.abandon();
  }

  /**
   * It was the client's own, and is closed, once it has done what it still does.
   *
   * @return what that is; null for nothing
   */
  @Nullable UnfinishedQuery leaveOwn(PooledBackend backend) {
    if (!whole || unsynced || !backend.isBetweenTransactions()) {
      return backend.abandon();
    }
    backend.giveBack();
    return null;
  }

  /** All is known that its last transaction has left. */
  void giveBack(PooledBackend backend, boolean leavesState) {
    if (isRecoverable() && pin == null && !leavesState && !unsynced) {
      backend.giveBack();
    } else {
      leave(backend, leavesState);
    }
  }

  private boolean isRecoverable() {
    return whole && (pin == null || pin.isDiscarded());
  }
}

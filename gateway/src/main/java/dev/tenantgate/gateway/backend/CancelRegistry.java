package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.CancelKey;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions by their cancel keys. Thread-safe: a CancelRequest may come in on another event
 * loop.
 */
public final class CancelRegistry {

  private final ConcurrentMap<CancelKey, Cancellable> sessions = new ConcurrentHashMap<>();

  /** A session that can be asked to stop what it does. */
  @FunctionalInterface
  public interface Cancellable {

    /**
     * Stops what the session does, if it does anything. Called on any thread.
     *
     * @param done to run on any thread when the request has been carried out, so that whoever asked
     *     can be told by closing its connection
     */
    void cancel(Runnable done);
  }

  public void register(CancelKey key, Cancellable session) {
    sessions.put(key, session);
  }

  public void unregister(CancelKey key, Cancellable session) {
    sessions.remove(key, session);
  }

  /**
   * Null for a key that no session has: the request is dropped without an answer, as PostgreSQL
   * does.
   */
  public @Nullable Cancellable find(CancelKey key) {
    return sessions.get(key);
  }

  /** How many sessions can be cancelled. */
  public int size() {
    return sessions.size();
  }
}

package dev.tenantgate.gateway.connect;

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
  private volatile @Nullable Elsewhere elsewhere;

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

  /** Where the sessions may be whose keys nobody here has. */
  @FunctionalInterface
  public interface Elsewhere {

    /** As {@link Cancellable#cancel} of the session that has the key, if there is one. */
    void cancel(CancelKey key, Runnable done);
  }

  /** Has requests for unknown keys go to another gateway, whose clients went on as this began. */
  public void elsewhere(Elsewhere other) {
    elsewhere = other;
  }

  public void register(CancelKey key, Cancellable session) {
    sessions.put(key, session);
  }

  public void unregister(CancelKey key, Cancellable session) {
    sessions.remove(key, session);
  }

  /**
   * Null for a key that no session has, here or elsewhere: the request is dropped without an
   * answer, as PostgreSQL does.
   */
  public @Nullable Cancellable find(CancelKey key) {
    Cancellable own = sessions.get(key);
    Elsewhere other = elsewhere;
    return own != null || other == null ? own : done -> other.cancel(key, done);
  }

  /** How many sessions can be cancelled. */
  public int size() {
    return sessions.size();
  }
}

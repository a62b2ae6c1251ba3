package dev.tenantgate.gateway.session;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The sessions that there are, from their first byte to their last. Thread-safe. */
final class OpenClients {

  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
  private final Object noneLeft = new Object();
  private volatile boolean draining;

  /** All of them; live. */
  Set<Session> all() {
    return sessions;
  }

  int number() {
    return sessions.size();
  }

  void opened(Session session) {
    sessions.add(session);
    if (draining) {
      drain(session); // accepted in the same moment
    }
  }

  /** Whether the session was open until now. */
  boolean closed(Session session) {
    boolean wasOpen = sessions.remove(session);
    if (wasOpen && sessions.isEmpty()) {
      synchronized (noneLeft) {
        noneLeft.notifyAll();
      }
    }
    return wasOpen;
  }

  /**
   * Waits until there is none.
   *
   * @return whether that came before the time was up
   */
  boolean awaitNone(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (noneLeft) {
      while (!sessions.isEmpty()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(noneLeft, left);
      }
    }
    return true;
  }

  /** Ends every session as soon as its transaction has ended; those that are in none, at once. */
  void drain() {
    draining = true;
    sessions.forEach(OpenClients::drain);
  }

  private static void drain(Session session) {
    session.frontend().eventLoop().execute(() -> session.state().drain());
  }

  /** Ends every session now. */
  void terminate() {
    sessions.forEach(
        session ->
            session.frontend().eventLoop().execute(() -> session.end(Session.SHUTTING_DOWN)));
  }
}

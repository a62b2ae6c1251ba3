package dev.tenantgate.gateway.pool;

/** Counts what pools do. Thread-safe. */
public interface PoolMeter {

  /** A backend connection is being opened. */
  void backendConnecting();

  /** It came to nothing. */
  void backendNotConnected();

  /** It is there, and idle. */
  void backendOpened();

  /** An idle backend was lent. */
  void backendLent();

  /** A backend came back and is idle. */
  void backendReturned();

  /** A backend is gone. */
  void backendClosed(boolean wasLent);

  /** Somebody waits for a backend. */
  void waitStarted();

  /** The wait is over. */
  void waitEnded(long nanos, boolean granted);
}

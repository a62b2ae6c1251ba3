package dev.tenantgate.gateway.pool;

/** Counts what pools do. Thread-safe. */
public interface PoolMeter {

  /** A backend connection of a pool is being opened. */
  void pooledConnecting();

  /** It came to nothing. */
  void pooledNotConnected();

  /** It is there, and idle. */
  void pooledOpened();

  /** An idle backend was lent. */
  void pooledLent();

  /** A backend came back and is idle. */
  void pooledReturned();

  /** A backend is gone. */
  void pooledClosed(boolean wasLent);

  /** Somebody waits for a backend. */
  void waitStarted();

  /** The wait is over. */
  void waitEnded(long nanos, boolean granted);
}

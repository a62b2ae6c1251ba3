package dev.tenantgate.gateway.relay;

/** Counts what passes; called once per read batch. Thread-safe. */
public interface RelayMeter {

  /** Bytes from frontends to backends. */
  void toBackend(long bytes);

  /** Bytes from backends to frontends, and the transactions that ended with them. */
  void toFrontend(long bytes, long transactions);
}

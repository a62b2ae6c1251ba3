package dev.tenantgate.gateway.prepared;

/** A statement on one backend, under a name of the gateway's. Event-loop confined. */
public final class BackendStatement {

  private final PlanKey key;
  private final byte[] name;
  private final long batch;
  private boolean confirmed;

  BackendStatement(PlanKey key, byte[] name, long batch) {
    this.key = key;
    this.name = name;
    this.batch = batch;
  }

  PlanKey key() {
    return key;
  }

  /** Without the NUL. */
  public byte[] name() {
    return name;
  }

  void confirm() {
    confirmed = true;
  }

  boolean isConfirmed() {
    return confirmed;
  }

  /**
   * Whether messages of that batch may name it. Where an earlier batch has failed before it came to
   * the Parse, the server has skipped it.
   */
  boolean isUsable(long inBatch) {
    return confirmed || batch == inBatch;
  }
}

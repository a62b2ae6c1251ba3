package dev.tenantgate.gateway.pool;

/**
 * How many backends the pools of other event loops are short of that this one has to spare: it
 * closes as many when they come back. Event-loop confined.
 */
final class PoolClaims {

  private int claimed;

  /**
   * Another pool may open no more backends.
   *
   * @param own how many backends this one has
   * @param others how many that has
   */
  void add(int own, int others) {
    if (others == 0 || own > others + 1) {
      claimed = Math.min(claimed + 1, own);
    }
  }

  /** Whether the backend that comes back is claimed; then one less is. */
  boolean take() {
    if (claimed == 0) {
      return false;
    }
    claimed--;
    return true;
  }
}

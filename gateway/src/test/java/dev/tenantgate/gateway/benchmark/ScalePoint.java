package dev.tenantgate.gateway.benchmark;

/**
 * The figures of one pooler at one point of a sweep. Immutable.
 *
 * @param axis of the sweep that it is a point of
 * @param tenants that there are in the database
 * @param clients that are connected
 * @param perSecond transactions
 * @param p50Millis latency that half of the transactions stay below
 * @param p99Millis latency that 99 % of the transactions stay below
 * @param cpuMicros the pooler's processor time for each transaction
 * @param serverMicros PostgreSQL's; 0 where that isn't known
 * @param residentBytes the pooler's memory behind the load
 */
record ScalePoint(
    Axis axis,
    ScaleLoad load,
    Peer peer,
    int tenants,
    int clients,
    double perSecond,
    double p50Millis,
    double p99Millis,
    CpuTime.Split cpuMicros,
    double serverMicros,
    long residentBytes) {

  /** The number that grows in a sweep. */
  enum Axis {
    TENANTS("tenants"),
    CLIENTS("connected clients");

    private final String label;

    Axis(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  /** How far along its axis. */
  int at() {
    return axis == Axis.TENANTS ? tenants : clients;
  }

  /** The pooler's processor time for each transaction, in its own code and in the kernel's. */
  double allMicros() {
    return cpuMicros.user() + cpuMicros.kernel();
  }
}

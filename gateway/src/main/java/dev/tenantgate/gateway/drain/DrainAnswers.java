package dev.tenantgate.gateway.drain;

/** How drains are answered: the gateway's membership. Returns at once. */
public interface DrainAnswers {

  /** The gateway's id, which is what its own leases have as holder. */
  String id();

  /** Nothing is under way on a schema any more. */
  void acknowledge(String schema, long token);

  /** Something is under way still. */
  void waitsFor(String schema, long token, String inTheWay);
}

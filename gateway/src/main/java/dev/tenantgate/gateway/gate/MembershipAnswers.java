package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.drain.DrainAnswers;
import dev.tenantgate.migrator.drain.Membership;

/** The gateway's membership, as drains are answered by it. */
record MembershipAnswers(Membership joined) implements DrainAnswers {

  @Override
  public String id() {
    return joined.id();
  }

  @Override
  public void acknowledge(String schema, long token) {
    joined.acknowledge(schema, token);
  }

  @Override
  public void waitsFor(String schema, long token, String inTheWay) {
    joined.waitsFor(schema, token, inTheWay);
  }
}

package dev.tenantgate.gateway.admin;

import java.util.List;

/** Asks a gateway for signs of life. */
@FunctionalInterface
public interface Liveness {

  /**
   * Asks each event loop, and goes through one as a client does. Blocks, for some seconds at most.
   *
   * @return the parts that don't answer; empty if all do
   */
  List<String> check();
}

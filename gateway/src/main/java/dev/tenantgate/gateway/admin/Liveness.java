package dev.tenantgate.gateway.admin;

import java.util.List;

/** Asks a gateway for signs of life. */
@FunctionalInterface
public interface Liveness {

  /**
   * Asks each event loop, and goes through one as a client does. Blocks, for some seconds at most.
   *
   * @return what doesn't answer; empty if everything does
   */
  List<String> check();
}

package dev.tenantgate.gateway.demo;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;

/**
 * A tenant of the demo.
 *
 * @param name its name
 * @param version where its schema stands when the gateway starts
 * @param expectation what should become of its first connection
 */
record DemoTenant(String name, Version version, Expectation expectation) {

  /** The outcomes of a connection. */
  enum Expectation {
    ADMITTED,
    HELD,
    REJECTED
  }

  String schema() {
    return "tenant_" + name;
  }

  SchemaRef ref() {
    return new SchemaRef(schema(), name);
  }
}

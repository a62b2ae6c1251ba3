package dev.tenantgate.migrator.drain;

import java.util.Set;

/**
 * A transaction whose gateway is gone. Immutable.
 *
 * @param gateway the gateway's id
 * @param host where that was
 * @param backend the process at the server
 * @param user whose transaction it is
 * @param hidden whether the server doesn't show us since when the process is there
 * @param schemas where it has locks, or waits for one
 */
record Orphan(
    String gateway, String host, int backend, String user, boolean hidden, Set<String> schemas) {

  Orphan {
    schemas = Set.copyOf(schemas);
  }

  boolean touches(String schema) {
    return schemas.contains(schema);
  }

  @Override
  public String toString() {
    return "left behind by gateway %s, which is gone (user %s, backend process %d)"
        .formatted(gateway, user, backend);
  }
}

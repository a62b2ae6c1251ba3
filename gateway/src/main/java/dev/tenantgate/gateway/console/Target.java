package dev.tenantgate.gateway.console;

/** The clients that a command is about. */
sealed interface Target {

  /** The clients of all databases. */
  record All() implements Target {}

  /** The clients of one database. */
  record Database(String name) implements Target {}

  /** The clients of one tenant. */
  record Tenant(String name) implements Target {}
}

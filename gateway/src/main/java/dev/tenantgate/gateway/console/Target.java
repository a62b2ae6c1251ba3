package dev.tenantgate.gateway.console;

/** The clients that a command is about. */
sealed interface Target {

  /** Those of all databases. */
  record All() implements Target {}

  /** Those of one database. */
  record Database(String name) implements Target {}

  /** Those of one tenant. */
  record Tenant(String name) implements Target {}
}

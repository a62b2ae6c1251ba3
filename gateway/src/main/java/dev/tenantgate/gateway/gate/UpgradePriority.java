package dev.tenantgate.gateway.gate;

/** The order of upgrades: those with a connection that waits come first. */
public enum UpgradePriority {
  /** A held connection. */
  HELD,
  /** An operator who asked for this tenant. */
  ASKED,
  /** Nobody in particular: one of many. */
  BULK
}

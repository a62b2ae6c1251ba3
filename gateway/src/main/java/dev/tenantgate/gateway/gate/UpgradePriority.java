package dev.tenantgate.gateway.gate;

/** Who waits for an upgrade; those who wait with a connection open come first. */
public enum UpgradePriority {
  /** A held connection. */
  HELD,
  /** An operator who asked for this tenant. */
  ASKED,
  /** Nobody in particular: one of many. */
  BULK
}

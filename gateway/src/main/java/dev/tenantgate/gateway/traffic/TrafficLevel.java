package dev.tenantgate.gateway.traffic;

/** How many there are at the moment, of a database and user. */
public enum TrafficLevel {
  /** Clients that were let through, whatever they do. */
  CLIENTS,
  /** Clients that wait for a server connection. */
  CLIENTS_WAITING,
  /** Server connections that a client has. */
  SERVERS_ACTIVE,
  /** Server connections that nobody has. */
  SERVERS_IDLE,
  /** Server connections that are being opened. */
  SERVERS_OPENING
}

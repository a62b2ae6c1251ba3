package dev.tenantgate.gateway.traffic;

/** The counts of a database's and user's clients, from the start of the gateway on. */
public enum TrafficCount {
  /** A server connection was assigned to a client: for a transaction, or for its session. */
  SERVER_ASSIGNMENTS,
  /** Transactions that ended, those of a single statement among them. */
  TRANSACTIONS,
  /** Exchanges that ended: a Query, or a batch of extended-query messages with its Sync. */
  QUERIES,
  /** Bytes that clients sent to servers. */
  RECEIVED_BYTES,
  /** Bytes that servers sent to clients. */
  SENT_BYTES,
  /** Nanoseconds in transactions, from the first message to the last ReadyForQuery. */
  TRANSACTION_NANOS,
  /** Nanoseconds in which a server owed a client an answer. */
  QUERY_NANOS,
  /** Nanoseconds that clients waited for a server connection; added when the wait ends. */
  WAIT_NANOS,
  /** Parse messages of clients. */
  CLIENT_PARSES,
  /** Parse messages to servers: those that clients' own led to. */
  SERVER_PARSES,
  /** Bind messages of clients. */
  BINDS,
  /** Clients that were let through. */
  CLIENT_LOGINS
}

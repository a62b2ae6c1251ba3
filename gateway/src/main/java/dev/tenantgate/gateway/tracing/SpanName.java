package dev.tenantgate.gateway.tracing;

/** The kinds of spans. */
public enum SpanName {
  /** A client's way from its connection to its first ReadyForQuery. */
  CONNECT("connect", true),
  /** From the StartupMessage to the proof of who it is. */
  LOGIN("login", false),
  /** The gateway's own login at the server, for the client. */
  BACKEND("backend", false),
  /** A question to the gate that it wasn't enough to look into memory for. */
  ADMISSION("admission", false),
  /** A place in the hold queue. */
  HOLD("hold", false),
  /** A wait for a backend of a pool, or for a server that can't be reached. */
  POOL_WAIT("pool wait", false),
  /** From a transaction's first message to its last answer. */
  TRANSACTION("transaction", true),
  /** A statement of a transaction under way that came with a context of its own. */
  STATEMENT("statement", true),
  /** An upgrade of all schemas. */
  ROLLOUT("rollout", false),
  /** The migration of one schema. */
  MIGRATE("migrate", false),
  /** One migration of a schema. */
  MIGRATION("migration", false);

  private final String label;
  private final boolean server;

  SpanName(String label, boolean server) {
    this.label = label;
    this.server = server;
  }

  /** As it stands in traces: {@code tenantgate hold}. */
  public String label() {
    return "tenantgate " + label;
  }

  /** Whether it is somebody else's request that is served. */
  public boolean isServer() {
    return server;
  }

  /** Whether it is recorded whatever share of the traces is. */
  public boolean isOfMigrations() {
    return this == ROLLOUT || this == MIGRATE || this == MIGRATION;
  }
}

package dev.tenantgate.gateway.benchmark;

/**
 * The peers that get the loads. All poolers have the same number of connections to the server, but
 * for {@link #BOUNCER_DATABASES}.
 */
enum Peer {
  GATEWAY("tenantgate", false, Tenants.BY_PATH),

  /** With {@code pool.begin: deferred}. */
  GATEWAY_DEFERRED("tenantgate, BEGIN deferred", false, Tenants.BY_PATH),

  /** By Unix-domain sockets, on both sides. */
  GATEWAY_UNIX("tenantgate, Unix sockets", true, Tenants.BY_PATH),

  /** One database for all; tenants are told by each transaction, if at all. */
  BOUNCER("PgBouncer", false, Tenants.NOT_AT_ALL),

  BOUNCER_UNIX("PgBouncer, Unix sockets", true, Tenants.NOT_AT_ALL),

  /** With {@code track_extra_parameters=search_path}, which takes PostgreSQL 18. */
  BOUNCER_TRACKING("PgBouncer, tracking search_path", false, Tenants.BY_PATH),

  /** A database with a connection of its own for each tenant. */
  BOUNCER_DATABASES("PgBouncer, a database each", false, Tenants.BY_DATABASE),

  /** No pooler: each client has a connection to the server. */
  DIRECT("direct", false, Tenants.BY_PATH),

  DIRECT_UNIX("direct, Unix sockets", true, Tenants.BY_PATH);

  /** How a client says which tenant it is of. */
  enum Tenants {
    /** By {@code search_path} in its startup packet. */
    BY_PATH,
    /** By the database that it connects to. */
    BY_DATABASE,
    /** Only in the texts that it sends. */
    NOT_AT_ALL
  }

  private final String label;
  private final boolean unix;
  private final Tenants tenants;

  Peer(String label, boolean unix, Tenants tenants) {
    this.label = label;
    this.unix = unix;
    this.tenants = tenants;
  }

  /** As the table has it. */
  String label() {
    return label;
  }

  boolean isUnix() {
    return unix;
  }

  Tenants tenants() {
    return tenants;
  }

  boolean isGateway() {
    return this == GATEWAY || this == GATEWAY_DEFERRED || this == GATEWAY_UNIX;
  }

  boolean isDirect() {
    return this == DIRECT || this == DIRECT_UNIX;
  }
}

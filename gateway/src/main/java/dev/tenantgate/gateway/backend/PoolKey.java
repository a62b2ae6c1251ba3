package dev.tenantgate.gateway.backend;

/** The database and the user of a pool: nobody gets another's rights, or another database. */
public record PoolKey(String database, String user) {}

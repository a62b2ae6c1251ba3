package dev.tenantgate.gateway.backend;

/** What backends of one pool are the same in: nobody gets another's rights, or another database. */
public record PoolKey(String database, String user) {}

package dev.tenantgate.gateway.benchmark;

/**
 * How a pooler started. Immutable.
 *
 * @param tenants that there were in the database
 * @param millis from the start of its process to the first client's ReadyForQuery
 * @param residentBytes its memory then
 */
record ScaleStart(Peer peer, int tenants, double millis, long residentBytes) {}

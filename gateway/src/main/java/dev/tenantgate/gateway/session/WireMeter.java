package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.pool.PoolMeter;

/** Counts sessions, and the backends of pools. Thread-safe. */
public interface WireMeter extends SessionMeter, PoolMeter {}

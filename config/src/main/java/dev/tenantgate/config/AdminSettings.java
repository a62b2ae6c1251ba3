package dev.tenantgate.config;

/**
 * The admin port ({@code admin.*}).
 *
 * @param address where it listens. Default {@code 127.0.0.1:9640}.
 */
public record AdminSettings(NetworkAddress address) {}

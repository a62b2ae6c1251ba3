package dev.tenantgate.gateway.memory;

import java.util.function.LongSupplier;

/**
 * Something that there may be only so much of, for metrics and logs. The suppliers are called on
 * any thread.
 *
 * @param of a short name, such as {@code logins}
 * @param limit how much there may be
 * @param used how much there is
 */
public record Bound(String of, LongSupplier limit, LongSupplier used) {}

/**
 * How much clients may make the gateway keep, how much of it they do, and how it goes on without
 * memory.
 */
@NullMarked
package dev.tenantgate.gateway.memory;

import org.jspecify.annotations.NullMarked;

/** How much clients may make the gateway keep, and how much of it they do. */
@NullMarked
package dev.tenantgate.gateway.memory;

import org.jspecify.annotations.NullMarked;

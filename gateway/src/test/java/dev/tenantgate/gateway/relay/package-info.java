@NullMarked
package dev.tenantgate.gateway.relay;

import org.jspecify.annotations.NullMarked;

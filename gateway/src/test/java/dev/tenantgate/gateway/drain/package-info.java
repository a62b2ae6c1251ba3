@NullMarked
package dev.tenantgate.gateway.drain;

import org.jspecify.annotations.NullMarked;

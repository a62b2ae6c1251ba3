@NullMarked
package dev.tenantgate.gateway.protocol;

import org.jspecify.annotations.NullMarked;

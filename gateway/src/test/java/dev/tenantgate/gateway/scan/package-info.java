@NullMarked
package dev.tenantgate.gateway.scan;

import org.jspecify.annotations.NullMarked;

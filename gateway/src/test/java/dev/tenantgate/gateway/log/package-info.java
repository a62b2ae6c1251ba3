/** How lines of the log are written. */
@NullMarked
package dev.tenantgate.gateway.log;

import org.jspecify.annotations.NullMarked;

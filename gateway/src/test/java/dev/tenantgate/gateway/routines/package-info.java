/** Effects of routines on the session that runs them. */
@NullMarked
package dev.tenantgate.gateway.routines;

import org.jspecify.annotations.NullMarked;

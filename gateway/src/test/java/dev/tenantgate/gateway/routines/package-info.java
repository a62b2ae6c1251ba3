/** What routines may do to the session that runs them. */
@NullMarked
package dev.tenantgate.gateway.routines;

import org.jspecify.annotations.NullMarked;

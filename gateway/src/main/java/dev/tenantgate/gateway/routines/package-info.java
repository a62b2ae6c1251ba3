/**
 * Effects that a database's routines may have on a session without a word of the statement that
 * runs them. The step in front of the scan: it tells which names make a text suspicious.
 *
 * <p>Start at {@link dev.tenantgate.gateway.routines.RoutinesSql}.
 */
@NullMarked
package dev.tenantgate.gateway.routines;

import org.jspecify.annotations.NullMarked;

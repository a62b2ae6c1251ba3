/**
 * Prepared statements of clients that share backends: what each client has prepared under which
 * name, and which of it a backend knows under which name of the gateway's.
 */
@NullMarked
package dev.tenantgate.gateway.statements;

import org.jspecify.annotations.NullMarked;

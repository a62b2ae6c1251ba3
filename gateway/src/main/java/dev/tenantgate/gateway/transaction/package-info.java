/**
 * The relay of a client whose backends are shared: each transaction passes the gate, gets a backend
 * on lease, and finds there what its session has set and prepared. In the place of {@code relay},
 * where transactions are pooled.
 */
@NullMarked
package dev.tenantgate.gateway.transaction;

import org.jspecify.annotations.NullMarked;

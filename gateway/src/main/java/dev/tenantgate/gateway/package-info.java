/** The gateway: everything between a frontend and its backend. */
@NullMarked
package dev.tenantgate.gateway;

import org.jspecify.annotations.NullMarked;

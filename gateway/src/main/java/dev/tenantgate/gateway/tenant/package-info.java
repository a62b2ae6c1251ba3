/**
 * Second step of a connection's life, after authentication: which tenant it belongs to, which
 * schemas it can reach by its {@code search_path}, and what is known about those schemas.
 */
@NullMarked
package dev.tenantgate.gateway.tenant;

import org.jspecify.annotations.NullMarked;

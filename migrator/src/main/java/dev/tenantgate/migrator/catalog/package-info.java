/**
 * Beside a run: the objects of a schema as the server's catalog has them, compared by {@code
 * verify}.
 */
@NullMarked
package dev.tenantgate.migrator.catalog;

import org.jspecify.annotations.NullMarked;

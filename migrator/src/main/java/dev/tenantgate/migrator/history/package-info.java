/**
 * The {@code schema_migrations} table inside each schema, the registry that indexes them all, and
 * the reading of both.
 */
@NullMarked
package dev.tenantgate.migrator.history;

import org.jspecify.annotations.NullMarked;

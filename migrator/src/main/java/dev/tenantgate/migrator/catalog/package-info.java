/**
 * What is really in a schema, read from the server's catalog: held against what the history claims.
 */
@NullMarked
package dev.tenantgate.migrator.catalog;

import org.jspecify.annotations.NullMarked;

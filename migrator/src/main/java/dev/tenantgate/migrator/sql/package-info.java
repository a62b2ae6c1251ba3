/**
 * A small scanner of PostgreSQL's SQL: statements, quotes, dollar quotes, comments. Shared with the
 * gate.
 */
@NullMarked
package dev.tenantgate.migrator.sql;

import org.jspecify.annotations.NullMarked;

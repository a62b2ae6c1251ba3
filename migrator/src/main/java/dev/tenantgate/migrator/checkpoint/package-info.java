/**
 * New tenants from the state of a version: reads the schema they are copied from, compares the
 * checkpoint with the result of all migrations, and writes it.
 */
@NullMarked
package dev.tenantgate.migrator.checkpoint;

import org.jspecify.annotations.NullMarked;

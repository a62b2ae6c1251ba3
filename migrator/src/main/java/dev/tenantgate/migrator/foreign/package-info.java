/**
 * Beside a run: the histories that other migration tools keep, found by their columns, read without
 * running anybody's code.
 */
@NullMarked
package dev.tenantgate.migrator.foreign;

import org.jspecify.annotations.NullMarked;

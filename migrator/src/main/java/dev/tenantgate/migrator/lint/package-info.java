/** Beside a run: what is valid in a migration, and unwise where people work in the schema. */
@NullMarked
package dev.tenantgate.migrator.lint;

import org.jspecify.annotations.NullMarked;

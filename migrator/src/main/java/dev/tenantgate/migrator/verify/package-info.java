/**
 * Beside a run: compares schemas with the migrations that their histories claim, and has the server
 * parse migrations.
 */
@NullMarked
package dev.tenantgate.migrator.verify;

import org.jspecify.annotations.NullMarked;

/**
 * The migrator: brings schemas up to date, one or tens of thousands. Usable alone, as a library;
 * {@link dev.tenantgate.migrator.Migrator} is the way in.
 */
@NullMarked
package dev.tenantgate.migrator;

import org.jspecify.annotations.NullMarked;

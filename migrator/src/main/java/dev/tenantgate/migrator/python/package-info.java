/**
 * A small scanner of Python's source, as far as its tokens and string literals: what the reading of
 * {@code .py} migrations needs. It never runs anything.
 */
@NullMarked
package dev.tenantgate.migrator.python;

import org.jspecify.annotations.NullMarked;

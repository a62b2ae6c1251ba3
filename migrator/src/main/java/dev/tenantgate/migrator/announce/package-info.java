/**
 * Processes on one database tell each other that a schema was changed, right after it was. Behind
 * each run; ahead of whoever waits for its end elsewhere.
 */
@NullMarked
package dev.tenantgate.migrator.announce;

import org.jspecify.annotations.NullMarked;

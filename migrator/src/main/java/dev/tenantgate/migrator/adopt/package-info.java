/**
 * After a takeover of another tool's histories: tables for all schemas get other names once no
 * schema needs them.
 */
@NullMarked
package dev.tenantgate.migrator.adopt;

import org.jspecify.annotations.NullMarked;

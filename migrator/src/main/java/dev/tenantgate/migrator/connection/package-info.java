/**
 * Beside a run: what the driver's connections are asked that JDBC has no method for, and how they
 * come to begin as the server would have any session begin.
 */
@NullMarked
package dev.tenantgate.migrator.connection;

import org.jspecify.annotations.NullMarked;

/** Beside a run: what the driver's connections are asked that JDBC has no method for. */
@NullMarked
package dev.tenantgate.migrator.connection;

import org.jspecify.annotations.NullMarked;

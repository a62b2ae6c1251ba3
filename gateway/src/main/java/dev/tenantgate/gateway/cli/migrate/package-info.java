/**
 * The commands that read and change schemas without a gateway running: {@code migrate} and {@code
 * tenant}. They open a migrator of their own; its leases keep them and any gateway apart.
 */
@NullMarked
package dev.tenantgate.gateway.cli.migrate;

import org.jspecify.annotations.NullMarked;

/** What is pending where: a schema's history held against the changelog. */
@NullMarked
package dev.tenantgate.migrator.plan;

import org.jspecify.annotations.NullMarked;

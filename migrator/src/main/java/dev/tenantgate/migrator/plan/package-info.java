/** The plan of a run: a schema's history is compared with the changelog. */
@NullMarked
package dev.tenantgate.migrator.plan;

import org.jspecify.annotations.NullMarked;

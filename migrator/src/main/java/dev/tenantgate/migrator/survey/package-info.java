/** Before a run: which schemas there are, and their histories, read for thousands at once. */
@NullMarked
package dev.tenantgate.migrator.survey;

import org.jspecify.annotations.NullMarked;

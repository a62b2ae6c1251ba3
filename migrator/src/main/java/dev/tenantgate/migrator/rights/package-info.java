/** Beside a run: the rights that the account lacks, and those it has no need of. */
@NullMarked
package dev.tenantgate.migrator.rights;

import org.jspecify.annotations.NullMarked;

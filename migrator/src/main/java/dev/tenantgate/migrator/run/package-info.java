/** Leases, workers, transactions, retries and outcomes: where schemas change. */
@NullMarked
package dev.tenantgate.migrator.run;

import org.jspecify.annotations.NullMarked;

/** First step of a run: finding and reading migrations, their checksums and their validation. */
@NullMarked
package dev.tenantgate.migrator.changelog;

import org.jspecify.annotations.NullMarked;

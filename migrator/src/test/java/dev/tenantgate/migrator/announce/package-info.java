/** Tests of {@link dev.tenantgate.migrator.announce}. */
@NullMarked
package dev.tenantgate.migrator.announce;

import org.jspecify.annotations.NullMarked;

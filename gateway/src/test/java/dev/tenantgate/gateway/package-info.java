/** Tests of the whole gateway. */
@NullMarked
package dev.tenantgate.gateway;

import org.jspecify.annotations.NullMarked;

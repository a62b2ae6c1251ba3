/** Tests of the commands and of the distribution. */
@NullMarked
package dev.tenantgate.gateway.cli;

import org.jspecify.annotations.NullMarked;

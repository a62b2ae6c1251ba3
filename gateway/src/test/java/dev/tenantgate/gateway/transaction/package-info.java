@NullMarked
package dev.tenantgate.gateway.transaction;

import org.jspecify.annotations.NullMarked;

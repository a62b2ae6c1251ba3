@NullMarked
package dev.tenantgate.gateway.startup;

import org.jspecify.annotations.NullMarked;

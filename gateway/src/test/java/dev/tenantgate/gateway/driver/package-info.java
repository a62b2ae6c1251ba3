@NullMarked
package dev.tenantgate.gateway.driver;

import org.jspecify.annotations.NullMarked;

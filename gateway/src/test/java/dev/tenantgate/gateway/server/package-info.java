@NullMarked
package dev.tenantgate.gateway.server;

import org.jspecify.annotations.NullMarked;

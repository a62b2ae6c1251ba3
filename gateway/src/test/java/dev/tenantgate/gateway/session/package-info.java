@NullMarked
package dev.tenantgate.gateway.session;

import org.jspecify.annotations.NullMarked;

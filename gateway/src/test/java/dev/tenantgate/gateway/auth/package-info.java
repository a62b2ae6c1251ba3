@NullMarked
package dev.tenantgate.gateway.auth;

import org.jspecify.annotations.NullMarked;

/** Clients make a gateway of little memory keep all that it keeps, while others are served. */
@NullMarked
package dev.tenantgate.gateway.resource;

import org.jspecify.annotations.NullMarked;

/**
 * Who the client is. In pass-through the server finds out, and the gateway carries the messages.
 */
@NullMarked
package dev.tenantgate.gateway.auth;

import org.jspecify.annotations.NullMarked;

/**
 * The first step of a connection: what a client sends before it has said who it is. Untyped packets
 * (SSLRequest, GSSENCRequest, CancelRequest, StartupMessage), all bounded, and the options inside a
 * StartupMessage.
 */
@NullMarked
package dev.tenantgate.gateway.startup;

import org.jspecify.annotations.NullMarked;

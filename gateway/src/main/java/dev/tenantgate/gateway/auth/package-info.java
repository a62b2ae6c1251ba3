/**
 * The check of the client. In pass-through the server does it, and the gateway carries the
 * messages; else the gateway checks the client itself, by a user list or an auth query, and knows
 * afterwards what it may prove to a backend on the client's behalf.
 */
@NullMarked
package dev.tenantgate.gateway.auth;

import org.jspecify.annotations.NullMarked;

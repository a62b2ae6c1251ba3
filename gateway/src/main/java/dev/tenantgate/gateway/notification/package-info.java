/**
 * LISTEN without a backend of one's own: one connection for each database and user listens for all
 * sessions, and hands each of them its notifications.
 */
@NullMarked
package dev.tenantgate.gateway.notification;

import org.jspecify.annotations.NullMarked;

package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.notification.Notifications;

/**
 * A client among others.
 *
 * @param processId of the key for cancelling that it was given
 * @param notifications who listens for it
 * @param processes that all clients were told to be served by
 * @param replica whether it asks for replication: it has no queries that could take too long
 */
public record RelayIdentity(
    int processId, Notifications notifications, Processes processes, boolean replica) {}

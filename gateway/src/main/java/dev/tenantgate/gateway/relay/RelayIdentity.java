package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.notification.Notifications;
import dev.tenantgate.gateway.tracing.ClientTrace;
import org.jspecify.annotations.Nullable;

/**
 * A client among others.
 *
 * @param processId of the key for cancelling that it was given
 * @param notifications who listens for it
 * @param processes that all clients were told to be served by
 * @param replica whether it asks for replication: it has no queries that could take too long
 * @param trace its spans; null if nothing is traced
 */
public record RelayIdentity(
    int processId,
    Notifications notifications,
    Processes processes,
    boolean replica,
    @Nullable ClientTrace trace) {}

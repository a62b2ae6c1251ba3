package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.fleet.FleetOutcome;
import java.util.concurrent.CompletionStage;

/**
 * An upgrade of all that goes on.
 *
 * @param outcome fails with {@link java.sql.SQLException} if the database can't be read, and with
 *     {@link dev.tenantgate.migrator.fleet.RunRefusedException} if it can't be begun as it was
 *     asked for
 * @param cancel lets those come to their end that are on their way, and begins no other
 */
public record Rollout(CompletionStage<FleetOutcome> outcome, Runnable cancel) {}

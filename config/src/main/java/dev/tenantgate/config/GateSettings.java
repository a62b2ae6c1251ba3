package dev.tenantgate.config;

import java.time.Duration;

/**
 * The gate: whether a connection is let through, held or refused ({@code gate.*}).
 *
 * @param policy what happens to connections of a tenant that lags. Default {@code hold}.
 * @param required the version that every schema needs. Default {@code latest}.
 * @param ahead connections of a tenant whose schema is newer than the changelog. Default {@code
 *     pass}.
 * @param qualified statements that name a tenant's schema, {@code tenant_acme.orders}. Default
 *     {@code pass}.
 * @param holdTimeout how long a connection is held at most. Default 30s.
 * @param maxHeld connections held at once, of all tenants. Default 10000.
 * @param maxHeldPerTenant connections held at once, of one tenant. Default 1000.
 * @param recheckInterval how old the gateway's knowledge of a schema may grow before its history is
 *     read again. Default 10s.
 * @param releaseRate held connections let through per second, once they may. Default 10000.
 * @param leaseTimeout how long this gateway's word counts: migrations wait for its transactions
 *     until it hasn't been heard of for so long, and it begins none once it couldn't reach the
 *     database for nearly as long. Default 10s.
 * @param maxWithheldMegabytes what answers may take in temporary files, all together, that are kept
 *     until it is known which tenant they are about. Default 10240.
 */
public record GateSettings(
    Policy policy,
    RequiredVersion required,
    PassOrReject ahead,
    Qualified qualified,
    Duration holdTimeout,
    int maxHeld,
    int maxHeldPerTenant,
    Duration recheckInterval,
    int releaseRate,
    Duration leaseTimeout,
    int maxWithheldMegabytes) {

  public GateSettings {
    SettingKeys.GATE_HOLD_TIMEOUT.require(holdTimeout);
    SettingKeys.GATE_MAX_HELD.require(maxHeld);
    SettingKeys.GATE_MAX_HELD_PER_TENANT.require(maxHeldPerTenant);
    SettingKeys.GATE_RECHECK_INTERVAL.require(recheckInterval);
    SettingKeys.GATE_RELEASE_RATE.require(releaseRate);
    SettingKeys.GATE_LEASE_TIMEOUT.require(leaseTimeout);
    SettingKeys.GATE_MAX_WITHHELD_MEGABYTES.require(maxWithheldMegabytes);
  }

  /** How names with a tenant's schema in front are treated. */
  public enum Qualified {
    /** They aren't looked at. */
    PASS,
    /** A statement with such a name meets the gate as if the session went to that tenant. */
    HOLD
  }

  /** How connections of a tenant that lags are treated. */
  public enum Policy {
    /** They wait until the tenant is up to date. */
    HOLD,
    /** They are told 57P03. */
    REJECT,
    /** They are let through with a WARNING. */
    WARN
  }
}

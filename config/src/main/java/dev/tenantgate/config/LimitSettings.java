package dev.tenantgate.config;

/**
 * How much clients may make the gateway keep ({@code limits.*}).
 *
 * @param logins clients at once that haven't logged in; one more is turned away. 0 takes as many as
 *     a quarter of the heap has room for, from 256 to 10,000. Default 0.
 * @param loginsPerAddress how many of them one address may have; 0 takes half of them. Default 0.
 * @param clientMebibytes memory for what clients have sent in part or ahead; a client that finds
 *     none isn't read until there is. 0 takes half of the memory for buffers. Default 0.
 * @param outboundMebibytes memory for what waits to be written to clients and to servers; the more
 *     of it is used up, the sooner the other side isn't read. 0 takes a fourth of the memory for
 *     buffers. Default 0.
 * @param keptMebibytes memory for what sessions have the gateway keep, such as prepared statements
 *     and parameters; beyond, what would take more is refused. 0 takes half of the heap. Default 0.
 * @param keptMebibytesPerSession how much of it one session may have; 0 takes a fourth. Default 0.
 */
public record LimitSettings(
    int logins,
    int loginsPerAddress,
    int clientMebibytes,
    int outboundMebibytes,
    int keptMebibytes,
    int keptMebibytesPerSession) {

  /** All by the memory at hand. */
  public static final LimitSettings DEFAULTS = new LimitSettings(0, 0, 0, 0, 0, 0);

  public LimitSettings {
    SettingKeys.LIMITS_LOGINS.require(logins);
    SettingKeys.LIMITS_LOGINS_PER_ADDRESS.require(loginsPerAddress);
    SettingKeys.LIMITS_CLIENT_MEBIBYTES.require(clientMebibytes);
    SettingKeys.LIMITS_OUTBOUND_MEBIBYTES.require(outboundMebibytes);
    SettingKeys.LIMITS_KEPT_MEBIBYTES.require(keptMebibytes);
    SettingKeys.LIMITS_KEPT_MEBIBYTES_PER_SESSION.require(keptMebibytesPerSession);
  }
}

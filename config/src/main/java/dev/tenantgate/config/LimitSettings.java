package dev.tenantgate.config;

/**
 * How much clients may make the gateway keep ({@code limits.*}).
 *
 * @param logins clients at once that haven't logged in; one more is turned away. 0 takes as many as
 *     a quarter of the heap has room for, from 256 to 10,000. Default 0.
 * @param loginsPerAddress how many of them one address may have; 0 takes half of them. Default 0.
 * @param clientMebibytes memory for what clients have sent in part or ahead; a client that finds
 *     none isn't read until there is. 0 takes half of the memory for buffers. Default 0.
 */
public record LimitSettings(int logins, int loginsPerAddress, int clientMebibytes) {

  /** All by the memory at hand. */
  public static final LimitSettings DEFAULTS = new LimitSettings(0, 0, 0);

  public LimitSettings {
    SettingKeys.LIMITS_LOGINS.require(logins);
    SettingKeys.LIMITS_LOGINS_PER_ADDRESS.require(loginsPerAddress);
    SettingKeys.LIMITS_CLIENT_MEBIBYTES.require(clientMebibytes);
  }
}

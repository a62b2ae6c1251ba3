package dev.tenantgate.gateway.statements;

import java.security.SecureRandom;

/**
 * How the names begin that the gateway gives to statements on its backends. No client can guess
 * one, so none can use or drop what it hasn't prepared.
 */
public final class GatewayNames {

  private static final String PREFIX =
      "tenantgate_" + Long.toUnsignedString(new SecureRandom().nextLong(), 36) + "_";

  private GatewayNames() {}

  /** The same for as long as the process runs. */
  public static String prefix() {
    return PREFIX;
  }
}

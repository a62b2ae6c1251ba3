package dev.tenantgate.gateway.auth;

import dev.tenantgate.gateway.scram.ScramVerifier;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Salts for users that have none: the same for a user each time, and nothing that could be told
 * from a real one. A user who doesn't exist gets one, as in PostgreSQL ({@code scram_mock_salt}),
 * and so does one whose password is stored as it is. Immutable.
 */
final class InventedSalts {

  private static final String HMAC = "HmacSHA256";

  private final byte[] secret;

  private InventedSalts(byte[] secret) {
    this.secret = secret;
  }

  static InventedSalts from(String secret) {
    return new InventedSalts(secret.getBytes(StandardCharsets.UTF_8));
  }

  /** Other ones in each process. */
  static InventedSalts random() {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    return new InventedSalts(secret);
  }

  byte[] of(String user) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(secret, HMAC));
      return Arrays.copyOf(
          mac.doFinal(user.getBytes(StandardCharsets.UTF_8)), ScramVerifier.SALT_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + HMAC, e);
    }
  }
}

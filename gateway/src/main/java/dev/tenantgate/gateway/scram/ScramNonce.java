package dev.tenantgate.gateway.scram;

import java.security.SecureRandom;
import java.util.Base64;

/** Makes the random text that each side adds to an exchange. Thread-safe. */
public final class ScramNonce {

  /** As PostgreSQL has it (SCRAM_RAW_NONCE_LEN). */
  private static final int RAW_BYTES = 18;

  private static final SecureRandom RANDOM = new SecureRandom();

  private ScramNonce() {}

  public static String next() {
    byte[] raw = new byte[RAW_BYTES];
    RANDOM.nextBytes(raw);
    return Base64.getEncoder().encodeToString(raw);
  }

  /** Whether a nonce is made of what RFC 5802 allows: printable ASCII without the comma. */
  static boolean isValid(String nonce) {
    return !nonce.isEmpty() && nonce.chars().allMatch(c -> c > ' ' && c < 127 && c != ',');
  }
}

package dev.tenantgate.gateway.scram;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The keys that log in where the verifier they belong to is in force: what a password is good for,
 * without the password. Immutable.
 */
public final class ScramKeys {

  private final byte[] clientKey;
  private final ScramVerifier verifier;

  ScramKeys(byte[] clientKey, ScramVerifier verifier) {
    this.clientKey = clientKey;
    this.verifier = verifier;
  }

  /**
   * Derives the keys from a password. Takes milliseconds for every few thousand iterations: nothing
   * for an event loop.
   */
  public static ScramKeys derive(String password, byte[] salt, int iterations) {
    byte[] salted = ScramSha256.hi(Saslprep.prepare(password), salt, iterations);
    return new ScramKeys(
        ScramSha256.hmac(salted, "Client Key"), ScramVerifier.of(salted, salt, iterations));
  }

  byte[] clientKey() {
    return clientKey;
  }

  /** The verifier by which a server checks these keys. */
  public ScramVerifier verifier() {
    return verifier;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScramKeys keys
        && MessageDigest.isEqual(clientKey, keys.clientKey)
        && verifier.equals(keys.verifier);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(clientKey);
  }

  /** Without the keys. */
  @Override
  public String toString() {
    return "keys of " + verifier;
  }
}

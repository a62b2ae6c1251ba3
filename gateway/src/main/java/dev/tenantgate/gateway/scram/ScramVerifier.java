package dev.tenantgate.gateway.scram;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of a password: enough to check a client, too little to log in with. In
 * PostgreSQL's text form {@code SCRAM-SHA-256$4096:salt$StoredKey:ServerKey}, salt and keys in
 * base64. Immutable.
 */
public final class ScramVerifier {

  /** PostgreSQL's default, and the least that RFC 7677 allows a server to ask for. */
  public static final int DEFAULT_ITERATIONS = 4096;

  /** As PostgreSQL makes them. */
  public static final int SALT_BYTES = 16;

  /** The beginning of every text form. */
  public static final String PREFIX = "SCRAM-SHA-256$";

  private static final Pattern SHAPE =
      Pattern.compile(
          "SCRAM-SHA-256\\$([0-9]{1,10}):([A-Za-z0-9+/=]+)\\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)");

  private final int iterations;
  private final byte[] salt;
  private final byte[] storedKey;
  private final byte[] serverKey;

  private ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
    this.iterations = iterations;
    this.salt = salt;
    this.storedKey = storedKey;
    this.serverKey = serverKey;
  }

  /**
   * Reads the text form.
   *
   * @return null if the text is something else
   */
  public static @Nullable ScramVerifier parse(String text) {
    Matcher matcher = SHAPE.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    long iterations = Long.parseLong(matcher.group(1));
    byte[] salt = ScramAttributes.base64(matcher.group(2));
    byte[] storedKey = ScramAttributes.base64(matcher.group(3));
    byte[] serverKey = ScramAttributes.base64(matcher.group(4));
    if (salt == null || storedKey == null || serverKey == null) {
      return null;
    }
    boolean possible =
        iterations >= 1
            && iterations <= Integer.MAX_VALUE
            && salt.length > 0
            && storedKey.length == ScramSha256.KEY_BYTES
            && serverKey.length == ScramSha256.KEY_BYTES;
    return possible ? new ScramVerifier((int) iterations, salt, storedKey, serverKey) : null;
  }

  /**
   * Makes the verifier of a user that nobody can log in as. It looks like any other: a client that
   * asks sees a salt that stays the same.
   *
   * @param iterations as the others have
   */
  public static ScramVerifier unmatchable(byte[] salt, int iterations) {
    // No ClientKey is known whose hash is all zeros, and the exchange is told to fail anyway.
    byte[] nobody = new byte[ScramSha256.KEY_BYTES];
    return new ScramVerifier(iterations, salt.clone(), nobody, nobody);
  }

  static ScramVerifier of(byte[] saltedPassword, byte[] salt, int iterations) {
    return new ScramVerifier(
        iterations,
        salt.clone(),
        ScramSha256.hash(ScramSha256.hmac(saltedPassword, "Client Key")),
        ScramSha256.hmac(saltedPassword, "Server Key"));
  }

  public int iterations() {
    return iterations;
  }

  byte[] salt() {
    return salt;
  }

  byte[] storedKey() {
    return storedKey;
  }

  byte[] serverKey() {
    return serverKey;
  }

  /** Whether both were made with the same salt and the same number of iterations. */
  boolean hasSaltAndIterations(byte[] otherSalt, int otherIterations) {
    return iterations == otherIterations && Arrays.equals(salt, otherSalt);
  }

  /** PostgreSQL's text form. */
  public String text() {
    return PREFIX
        + iterations
        + ':'
        + ScramAttributes.base64(salt)
        + '$'
        + ScramAttributes.base64(storedKey)
        + ':'
        + ScramAttributes.base64(serverKey);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScramVerifier verifier
        && hasSaltAndIterations(verifier.salt, verifier.iterations)
        && MessageDigest.isEqual(storedKey, verifier.storedKey)
        && MessageDigest.isEqual(serverKey, verifier.serverKey);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(salt);
  }

  /** Without the keys. */
  @Override
  public String toString() {
    return PREFIX + iterations;
  }
}

package dev.tenantgate.gateway.scram;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of one exchange. Call {@link #first}, {@link #challenge}, {@link #answer} and
 * {@link #verify}, in this order; the keys are derived between the second and the third, where they
 * may take their time. Confined to one thread.
 */
public final class ScramClient {

  /**
   * A server that asks for more wants to keep us busy; PostgreSQL's own default is 4096, and who
   * raises it stays far below.
   */
  static final int MOST_ITERATIONS = 1_000_000;

  private final ChannelBinding binding;
  private final String user;
  private final String nonce;
  private String serverFirst = "";
  private String fullNonce = "";
  private byte @Nullable [] expectedSignature;

  public ScramClient(ChannelBinding binding) {
    this(binding, "", ScramNonce.next());
  }

  ScramClient(ChannelBinding binding, String user, String nonce) {
    this.binding = binding;
    this.user = user;
    this.nonce = nonce;
  }

  /**
   * The salt and iterations that the server asks the password to be hashed with.
   *
   * @param salt at least one byte
   * @param iterations from 1 to {@value #MOST_ITERATIONS}
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on once, compared by nobody
  public record Challenge(byte[] salt, int iterations) {

    /** Whether keys belong to this salt and this number of iterations. */
    public boolean fits(ScramKeys keys) {
      return keys.verifier().hasSaltAndIterations(salt, iterations);
    }
  }

  /** The mechanism to name in the SASLInitialResponse. */
  public String mechanism() {
    return binding.mechanism();
  }

  /** The client-first-message. The user's name is empty: the server knows it from the startup. */
  public byte[] first() {
    return ascii(binding.header() + firstBare());
  }

  private String firstBare() {
    return "n=" + user + ",r=" + nonce;
  }

  /**
   * Reads the server-first-message.
   *
   * @throws ScramException if it isn't one, or asks for what we don't do
   */
  public Challenge challenge(byte[] message) {
    ScramAttributes attributes = ScramAttributes.of(message);
    String serverNonce = attributes.value('r');
    if (!serverNonce.startsWith(nonce)
        || serverNonce.length() == nonce.length()
        || !ScramNonce.isValid(serverNonce)) {
      throw ScramException.invalid("invalid SCRAM response", "Nonce does not match.");
    }
    byte[] salt = ScramAttributes.base64(attributes.value('s'));
    if (salt == null || salt.length == 0) {
      throw ScramException.malformed("The salt is not base64.");
    }
    int iterations = iterations(attributes.value('i'));
    if (!attributes.atEnd()) {
      throw ScramException.malformed("Garbage found at the end of server-first-message.");
    }
    serverFirst = attributes.text();
    fullNonce = serverNonce;
    return new Challenge(salt, iterations);
  }

  private static int iterations(String value) {
    try {
      int iterations = Integer.parseInt(value);
      if (iterations >= 1 && iterations <= MOST_ITERATIONS) {
        return iterations;
      }
    } catch (NumberFormatException e) {
      // No number: the same remedy as for one that can't be.
    }
    throw ScramException.malformed(
        "The iteration count must be from 1 to %d.".formatted(MOST_ITERATIONS));
  }

  /** The client-final-message. */
  public byte[] answer(ScramKeys keys) {
    String withoutProof = "c=" + binding.inFinalMessage() + ",r=" + fullNonce;
    String authMessage = firstBare() + ',' + serverFirst + ',' + withoutProof;
    byte[] signature = ScramSha256.hmac(keys.verifier().storedKey(), authMessage);
    expectedSignature = ScramSha256.hmac(keys.verifier().serverKey(), authMessage);
    return ascii(
        withoutProof
            + ",p="
            + ScramAttributes.base64(ScramSha256.xor(keys.clientKey(), signature)));
  }

  /**
   * Checks the server-final-message: whether the server knows the verifier.
   *
   * @throws ScramException if it doesn't, or says that we have failed
   */
  public void verify(byte[] message) {
    ScramAttributes attributes = ScramAttributes.of(message);
    if (attributes.peek() == 'e') {
      throw ScramException.invalid(
          "the server refused the SCRAM exchange", "It said: " + attributes.value('e'));
    }
    byte[] signature = ScramAttributes.base64(attributes.value('v'));
    if (signature == null || !attributes.atEnd()) {
      throw ScramException.malformed("The server's signature is not base64.");
    }
    if (expectedSignature == null || !MessageDigest.isEqual(expectedSignature, signature)) {
      throw ScramException.invalid(
          "incorrect server signature",
          "The server doesn't know the password: it may not be the one that it should be.");
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}

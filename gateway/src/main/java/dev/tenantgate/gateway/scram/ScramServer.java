package dev.tenantgate.gateway.scram;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one exchange. Call {@link #first}, then {@link #finish}. Reads messages, and
 * refuses them, as PostgreSQL's {@code auth-scram.c} does. Confined to one thread.
 */
public final class ScramServer {

  public static final String MECHANISM = "SCRAM-SHA-256";
  public static final String BINDING_MECHANISM = MECHANISM + "-PLUS";

  private final ScramVerifier verifier;
  private final boolean doomed;
  private final String ownNonce;
  private @Nullable ChannelBinding offered;
  private boolean binds;
  private char bindingFlag;
  private String clientFirstBare = "";
  private String serverFirst = "";
  private String fullNonce = "";

  /**
   * Begins an exchange.
   *
   * @param verifier of the user
   * @param doomed whether it fails whatever the client knows: the user can't log in, and must not
   *     be told apart from one who doesn't know the password
   */
  public ScramServer(ScramVerifier verifier, boolean doomed) {
    this(verifier, doomed, ScramNonce.next());
  }

  ScramServer(ScramVerifier verifier, boolean doomed, String nonce) {
    this.verifier = verifier;
    this.doomed = doomed;
    this.ownNonce = nonce;
  }

  /**
   * Tells what the client was offered and has chosen; without it, it was offered no binding.
   *
   * @param binding what it may bind the exchange to; null where there is nothing
   * @param mechanism which it has chosen among those offered
   */
  public ScramServer chosen(@Nullable ChannelBinding binding, String mechanism) {
    offered = binding;
    binds = binding != null && mechanism.equals(BINDING_MECHANISM);
    return this;
  }

  /**
   * A client that knows the password.
   *
   * @param message the server-final-message
   * @param keys what its proof gave away: enough to log in as this user
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on once, compared by nobody
  public record Proven(byte[] message, ScramKeys keys) {}

  /**
   * Reads the client-first-message.
   *
   * @return the server-first-message
   * @throws ScramException if it isn't one, or asks for what we don't do
   */
  public byte[] first(byte[] message) {
    ScramAttributes attributes = ScramAttributes.of(message);
    readBindingFlag(attributes);
    if (attributes.peek() == 'a') {
      throw ScramException.unsupported(
          "client uses authorization identity, but it is not supported");
    }
    attributes.expect(',');
    clientFirstBare = attributes.text().substring(attributes.position());
    if (attributes.peek() == 'm') {
      throw ScramException.unsupported("client requires an unsupported SCRAM extension");
    }
    attributes.value('n'); // the startup packet has said who it is
    String clientNonce = attributes.value('r');
    if (!ScramNonce.isValid(clientNonce)) {
      throw ScramException.malformed("Non-printable characters in SCRAM nonce.");
    }
    while (!attributes.atEnd()) {
      attributes.skipOne(); // extensions that nobody has to understand
    }
    fullNonce = clientNonce + ownNonce;
    serverFirst =
        "r="
            + fullNonce
            + ",s="
            + ScramAttributes.base64(verifier.salt())
            + ",i="
            + verifier.iterations();
    return serverFirst.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void readBindingFlag(ScramAttributes attributes) {
    bindingFlag = attributes.peek();
    switch (bindingFlag) {
      case 'n', 'y' -> {
        requireNoBinding();
        attributes.expect(bindingFlag);
        attributes.expect(',');
      }
      case 'p' -> {
        if (!binds) {
          throw ScramException.malformed(
              "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message"
                  + " includes channel binding data.");
        }
        String type = attributes.value('p');
        if (!type.equals(ChannelBinding.TYPE)) {
          throw ScramException.invalid(
              "unsupported SCRAM channel-binding type \"%s\"".formatted(printable(type)), "");
        }
      }
      default ->
          throw ScramException.malformed(
              "Unexpected channel-binding flag in client-first-message.");
    }
  }

  /** The client binds nothing: it must not have chosen to, nor believe that it couldn't. */
  private void requireNoBinding() {
    if (binds) {
      throw ScramException.malformed(
          "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel"
              + " binding data.");
    }
    if (bindingFlag == 'y' && offered != null) {
      // It would have bound, had it been offered to. It was: somebody in between has struck that.
      throw ScramException.refused(
          "SCRAM channel binding negotiation error",
          "The client supports SCRAM channel binding but thinks the server does not. However, this"
              + " server does support channel binding.");
    }
  }

  private static String printable(String text) {
    return text.replaceAll("[^\\x21-\\x7e]", "?");
  }

  /**
   * Reads the client-final-message and checks its proof. A user that there is not costs as much as
   * a wrong password.
   *
   * @return null if the client doesn't know the password
   * @throws ScramException if it isn't such a message, or doesn't belong to this exchange
   */
  public @Nullable Proven finish(byte[] message) {
    ScramAttributes attributes = ScramAttributes.of(message);
    checkBinding(attributes.value('c'));
    String nonce = attributes.value('r');
    int proofAt = attributes.position();
    while (attributes.peek() != 'p') {
      attributes.skipOne();
      proofAt = attributes.position();
    }
    byte[] proof = ScramAttributes.base64(attributes.value('p'));
    if (proof == null || proof.length != ScramSha256.KEY_BYTES) {
      throw ScramException.malformed("Malformed proof in client-final-message.");
    }
    if (!attributes.atEnd()) {
      throw ScramException.malformed("Garbage found at the end of client-final-message.");
    }
    if (!MessageDigest.isEqual(ascii(nonce), ascii(fullNonce))) {
      throw ScramException.invalid("invalid SCRAM response", "Nonce does not match.");
    }
    return check(proof, attributes.text().substring(0, proofAt - 1));
  }

  private void checkBinding(String said) {
    ChannelBinding binding = offered;
    if (binds && binding != null) {
      if (!MessageDigest.isEqual(ascii(said), ascii(binding.inFinalMessage()))) {
        throw ScramException.refused("SCRAM channel binding check failed", "");
      }
    } else if (!said.equals(bindingFlag == 'y' ? "eSws" : "biws")) {
      throw ScramException.invalid(
          "unexpected SCRAM channel-binding attribute in client-final-message", "");
    }
  }

  private @Nullable Proven check(byte[] proof, String withoutProof) {
    String authMessage = clientFirstBare + ',' + serverFirst + ',' + withoutProof;
    byte[] signature = ScramSha256.hmac(verifier.storedKey(), authMessage);
    byte[] clientKey = ScramSha256.xor(proof, signature);
    boolean matches = MessageDigest.isEqual(ScramSha256.hash(clientKey), verifier.storedKey());
    byte[] serverSignature = ScramSha256.hmac(verifier.serverKey(), authMessage);
    return matches && !doomed
        ? new Proven(
            ascii("v=" + ScramAttributes.base64(serverSignature)),
            new ScramKeys(clientKey, verifier))
        : null;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}

package dev.tenantgate.gateway.scram;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The tie of an exchange to the TLS connection that it runs over, so that nobody in the middle can
 * carry it to another. Immutable.
 */
public final class ChannelBinding {

  /** The only type that PostgreSQL knows. */
  static final String TYPE = "tls-server-end-point";

  /** Without TLS. */
  public static final ChannelBinding NONE = new ChannelBinding("n,,", new byte[0]);

  /** With TLS, to a server that doesn't offer it; a server that did would notice the difference. */
  public static final ChannelBinding NOT_OFFERED = new ChannelBinding("y,,", new byte[0]);

  private final String header;
  private final byte[] data;

  private ChannelBinding(String header, byte[] data) {
    this.header = header;
    this.data = data;
  }

  /**
   * By the server's certificate: {@code tls-server-end-point} of RFC 5929.
   *
   * @return null for a certificate whose signature names no hash, such as Ed25519's
   */
  public static @Nullable ChannelBinding tlsServerEndPoint(X509Certificate certificate) {
    String hash = hashOf(certificate.getSigAlgName());
    if (hash == null) {
      return null;
    }
    try {
      return new ChannelBinding(
          "p=" + TYPE + ",,", MessageDigest.getInstance(hash).digest(certificate.getEncoded()));
    } catch (GeneralSecurityException e) {
      return null;
    }
  }

  /** By the hash of a certificate. */
  static ChannelBinding tlsServerEndPoint(byte[] hash) {
    return new ChannelBinding("p=" + TYPE + ",,", hash);
  }

  /** The hash of a signature such as {@code SHA384withECDSA}; the weak ones count as SHA-256. */
  static @Nullable String hashOf(String signature) {
    String name = signature.toUpperCase(Locale.ROOT);
    int with = name.indexOf("WITH");
    if (with < 0) {
      return null;
    }
    return switch (name.substring(0, with)) {
      case "MD5", "SHA1", "SHA256" -> "SHA-256";
      case "SHA224" -> "SHA-224";
      case "SHA384" -> "SHA-384";
      case "SHA512" -> "SHA-512";
      default -> null;
    };
  }

  /** The beginning of the first message. */
  String header() {
    return header;
  }

  /** The value of the final message's attribute {@code c}. */
  String inFinalMessage() {
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    input.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
    input.writeBytes(data);
    return ScramAttributes.base64(input.toByteArray());
  }

  /** The mechanism that this goes with. */
  public String mechanism() {
    return data.length == 0 ? ScramServer.MECHANISM : ScramServer.BINDING_MECHANISM;
  }
}

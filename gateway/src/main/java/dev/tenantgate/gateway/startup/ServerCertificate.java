package dev.tenantgate.gateway.startup;

import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The gateway's certificate for clients that encrypt, and the key that proves it. Immutable; the
 * key doesn't show itself when printed.
 *
 * @param chain its own certificate, then those that lead to its authority
 * @param key of its own certificate
 */
public record ServerCertificate(List<X509Certificate> chain, PrivateKey key) {

  /** A file with more in it is no certificate. */
  private static final int MOST_BYTES = 1 << 20;

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  public ServerCertificate {
    chain = List.copyOf(chain);
  }

  /**
   * Reads both, and checks that they belong together.
   *
   * @param certificateSetting the setting that names the certificate's file
   * @param keySetting the setting that names the key's
   * @throws SettingsException for a file that can't be read or used; the message names its setting
   */
  public static ServerCertificate read(
      Path certificate, Path key, String certificateSetting, String keySetting)
      throws SettingsException {
    ServerCertificate read =
        new ServerCertificate(
            readChain(certificateSetting, certificate, text(certificateSetting, certificate)),
            readKey(keySetting, key, text(keySetting, key)));
    if (!read.keyFits()) {
      throw failed(keySetting, key, "must be the private key of the certificate in " + certificate);
    }
    return read;
  }

  public X509Certificate own() {
    return chain.get(0);
  }

  private static String text(String settingKey, Path file) throws SettingsException {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw failed(settingKey, file, "must be a file of at most 1 MiB");
      }
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw failed(settingKey, file, "must be a file that is there");
    } catch (IOException e) {
      throw failed(settingKey, file, "must be a file that can be read");
    }
  }

  private static List<X509Certificate> readChain(String setting, Path file, String text)
      throws SettingsException {
    try {
      var found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
      if (!found.isEmpty()) {
        return found.stream().map(X509Certificate.class::cast).toList();
      }
    } catch (CertificateException e) {
      // Said below, without a parser's view of it.
    }
    throw failed(setting, file, "must have a PEM certificate (BEGIN CERTIFICATE) as its first");
  }

  private static PrivateKey readKey(String setting, Path file, String text)
      throws SettingsException {
    Matcher block = PRIVATE_KEY.matcher(text);
    if (block.find()) {
      byte[] encoded = Base64.getMimeDecoder().decode(block.group(1));
      for (String algorithm : ALGORITHMS) {
        try {
          return KeyFactory.getInstance(algorithm)
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (InvalidKeySpecException e) {
          // Another algorithm's, perhaps.
        } catch (GeneralSecurityException e) {
          throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
      }
    }
    throw failed(
        setting,
        file,
        "must have a PEM private key in PKCS #8 without a passphrase (BEGIN PRIVATE KEY);"
            + " `openssl pkcs8 -topk8 -nocrypt` makes one of other forms");
  }

  /** Whether what the key signs is what the certificate verifies. */
  private boolean keyFits() {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    try {
      byte[] something = {1};
      Signature signing = Signature.getInstance(algorithm);
      if (algorithm.equals("RSASSA-PSS")) {
        return true; // its parameters are the handshake's to choose
      }
      signing.initSign(key);
      signing.update(something);
      byte[] signature = signing.sign();
      Signature verifying = Signature.getInstance(algorithm);
      verifying.initVerify(own().getPublicKey());
      verifying.update(something);
      return verifying.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static SettingsException failed(String settingKey, Path file, String message) {
    return new SettingsException(List.of(new SettingsError(settingKey, file.toString(), message)));
  }

  @Override
  public String toString() {
    return "ServerCertificate[" + own().getSubjectX500Principal() + "]";
  }
}

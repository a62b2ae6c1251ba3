package dev.tenantgate.migrator.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority of a test's own, and what it signs. Made in this process: the JDK's
 * keytool would be a process for each step. Confined to one thread.
 */
public final class TestCertificates {

  private static final Duration VALID = Duration.ofDays(90);
  private static final SecureRandom RANDOM = new SecureRandom();

  /** A certificate and the key that belongs to it. */
  private record Pair(KeyPair keys, Certificate certificate) {}

  private final Path folder;
  private final String name;
  private final Pair authority;
  private @Nullable Pair latest;

  private TestCertificates(Path folder, String name) throws GeneralSecurityException {
    this.folder = folder;
    this.name = name;
    KeyPair keys = newKeys();
    // Critical, and the subject is an authority.
    byte[] constraints =
        Der.sequence(
            Der.identifier("551d13"),
            Der.value(0x01, new byte[] {-1}),
            Der.value(0x04, Der.sequence(Der.value(0x01, new byte[] {-1}))));
    this.authority = new Pair(keys, sign(name, keys.getPublic(), constraints, keys));
  }

  /**
   * Makes the authority.
   *
   * @param folder where the files go, such as a {@code @TempDir}
   * @param name the authority's name, a plain word
   */
  public static TestCertificates authority(Path folder, String name) {
    try {
      TestCertificates made = new TestCertificates(folder, name);
      Files.writeString(made.ca(), pem("CERTIFICATE", made.authority.certificate().getEncoded()));
      return made;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no certificate can be made", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The authority's own certificate. */
  public Path ca() {
    return folder.resolve(name + "-ca.pem");
  }

  /**
   * Makes a server's certificate.
   *
   * @param alternativeNames of the server, such as {@code dns:localhost,ip:127.0.0.1}
   * @return the file of the certificate; that of its key ends with {@code .key}
   */
  public Path server(String alternativeNames) throws IOException, GeneralSecurityException {
    KeyPair keys = newKeys();
    byte[] names =
        Der.sequence(
            Der.identifier("551d11"),
            Der.value(0x04, Der.sequence(alternativeNames(alternativeNames))));
    Pair made = new Pair(keys, sign("server", keys.getPublic(), names, authority.keys()));
    latest = made;
    Path certificate = folder.resolve(name + "-server.pem");
    Files.writeString(certificate, pem("CERTIFICATE", made.certificate().getEncoded()));
    Path key = Path.of(certificate + ".key");
    Files.createFile(
        key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(key, pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    return certificate;
  }

  private static byte[][] alternativeNames(String text) throws IOException {
    List<byte[]> names = new ArrayList<>();
    for (String each : text.split(",", -1)) {
      String value = each.substring(each.indexOf(':') + 1);
      names.add(
          each.startsWith("ip:")
              ? Der.value(0x87, InetAddress.getByName(value).getAddress())
              : Der.value(0x82, value.getBytes(US_ASCII)));
    }
    return names.toArray(new byte[0][]);
  }

  private static KeyPair newKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  /** A certificate of version 3 with one extension, signed by ECDSA with SHA-256. */
  private Certificate sign(String subject, PublicKey key, byte[] extension, KeyPair signer)
      throws GeneralSecurityException {
    byte[] algorithm = Der.sequence(Der.identifier("2a8648ce3d040302"));
    Instant now = Instant.now();
    byte[] content =
        Der.sequence(
            Der.value(0xa0, Der.integer(BigInteger.TWO)),
            Der.integer(new BigInteger(63, RANDOM).add(BigInteger.ONE)),
            algorithm,
            Der.commonName(name),
            Der.sequence(Der.time(now.minus(VALID)), Der.time(now.plus(VALID))),
            Der.commonName(subject),
            key.getEncoded(),
            Der.value(0xa3, Der.sequence(extension)));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(signer.getPrivate());
    signature.update(content);
    byte[] whole = Der.sequence(content, algorithm, Der.bits(signature.sign()));
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(whole));
  }

  private static String pem(String kind, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder().encodeToString(content), kind);
  }

  /** For a server of the test's own, which shows the certificate made last. */
  public SSLContext serverContext() throws IOException, GeneralSecurityException {
    Pair shown = latest;
    if (shown == null) {
      throw new IllegalStateException("no server's certificate has been made");
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server",
        shown.keys().getPrivate(),
        new char[0],
        new Certificate[] {shown.certificate(), authority.certificate()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }
}

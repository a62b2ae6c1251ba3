package dev.tenantgate.migrator.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate authority of a test's own, and what it signs, made by the JDK's keytool.
 *
 * @param folder where the files lie, such as a {@code @TempDir}
 * @param name the authority's name, a plain word
 */
public record TestCertificates(Path folder, String name) {

  private static final String PASSWORD = "changeit";

  /** Makes the authority. */
  public static TestCertificates authority(Path folder, String name) {
    TestCertificates made = new TestCertificates(folder, name);
    made.keytool(
        "-genkeypair", "-alias", "ca", "-keyalg", "EC", "-dname", "CN=" + name, "-ext", "bc:c");
    made.keytool("-exportcert", "-rfc", "-alias", "ca", "-file", made.file("ca.pem").toString());
    return made;
  }

  /** The authority's own certificate. */
  public Path ca() {
    return file("ca.pem");
  }

  /**
   * Makes a server's certificate.
   *
   * @param alternativeNames as keytool has them: {@code dns:localhost,ip:127.0.0.1}
   * @return the file of the certificate; that of its key ends with {@code .key}
   */
  public Path server(String alternativeNames) throws IOException, GeneralSecurityException {
    keytool("-genkeypair", "-alias", "server", "-keyalg", "EC", "-dname", "CN=server");
    String request = file("server.csr").toString();
    Path certificate = file("server.pem");
    keytool("-certreq", "-alias", "server", "-file", request);
    keytool(
        "-gencert",
        "-rfc",
        "-alias",
        "ca",
        "-infile",
        request,
        "-outfile",
        certificate.toString(),
        "-ext",
        "san=" + alternativeNames);
    Path key = Path.of(certificate + ".key");
    Files.createFile(
        key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        key,
        "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
            .formatted(Base64.getMimeEncoder().encodeToString(serverKey().getEncoded())));
    return certificate;
  }

  /** For a server of the test's own, which shows the certificate made last. */
  public SSLContext serverContext() throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store(), PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private Key serverKey() throws IOException, GeneralSecurityException {
    return store().getKey("server", PASSWORD.toCharArray());
  }

  private KeyStore store() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file("store.p12"))) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private Path file(String suffix) {
    return folder.resolve(name + "-" + suffix);
  }

  private void keytool(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home", ""), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-keystore", file("store.p12").toString(), "-storepass", PASSWORD));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(output);
      }
    } catch (IOException e) {
      throw new IllegalStateException("keytool can't be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}

package dev.tenantgate.gateway.session;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.migrator.testing.TestCertificates;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.TestPostgres.Login;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/** TLS towards clients, by pgjdbc and by clients that do what it would not. */
class FrontendTlsIT {

  private static final byte[] SSL_REQUEST = FrontendNotation.sslRequest();
  private static final byte[] GSSENC_REQUEST = FrontendNotation.gssEncRequest();

  @TempDir static Path certificates;
  private static TestCertificates authority;
  private static Path certificate;
  private static Path other;
  private static TestDatabase database;

  @TempDir Path folder;
  private @Nullable GatewayFixture running;

  @BeforeAll
  static void prepare() throws Exception {
    authority = TestCertificates.authority(certificates, "ours");
    certificate = authority.server("dns:localhost,ip:127.0.0.1");
    other = TestCertificates.authority(certificates, "others").server("dns:localhost");
    TestPostgres postgres = TestPostgres.latest();
    postgres.execute("DROP ROLE IF EXISTS tls_user");
    postgres.createUser("tls_user", "right", Login.SCRAM);
    database = postgres.newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; GRANT USAGE ON SCHEMA tenant_acme TO public");
  }

  @AfterAll
  static void forget() {
    database.close();
  }

  @AfterEach
  void stop() {
    if (running != null) {
      await().untilAsserted(() -> assertThat(gateway().gateway().sessions()).isZero());
      running.close();
      running = null;
    }
  }

  private GatewayFixture gateway() {
    return requireNonNull(running);
  }

  private void start(String mode, Map<String, String> changes) throws IOException {
    Map<String, String> all = new HashMap<>();
    all.put("listen.tls.mode", mode);
    all.put("listen.tls.certificate", certificate.toString());
    all.put("listen.tls.key", certificate + ".key");
    all.putAll(changes);
    running =
        GatewayFixture.start(database, Files.createDirectories(folder.resolve("migrations")), all);
  }

  private Map<String, String> scram() throws IOException {
    Path users = Files.write(folder.resolve("users.txt"), List.of("\"tls_user\" \"right\""));
    return Map.of("auth.method", "scram-sha-256", "auth.user-list", users.toString());
  }

  private String where(Map<String, String> properties) throws SQLException {
    Map<String, String> all = new HashMap<>();
    all.put("currentSchema", "tenant_acme");
    all.put("sslrootcert", authority.ca().toString());
    all.putAll(properties);
    try (Connection connection = gateway().connect(all);
        ResultSet row = connection.createStatement().executeQuery("SELECT current_schema()")) {
      row.next();
      return row.getString(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"verify-full, postgres", "verify-full, direct", "disable, postgres"})
  void whoAsksForTlsGetsIt(String sslMode, String negotiation) throws Exception {
    start("allow", Map.of());
    assertThat(where(Map.of("sslmode", sslMode, "sslNegotiation", negotiation)))
        .isEqualTo("tenant_acme");
  }

  @Test
  void whoDoesntIsRefusedWhereItIsRequired() throws Exception {
    start("require", Map.of());
    assertThatThrownBy(() -> where(Map.of("sslmode", "disable")))
        .isInstanceOfSatisfying(
            PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28000"))
        .hasMessageContaining("encrypted connections only");
    assertThat(where(Map.of("sslmode", "verify-full"))).isEqualTo("tenant_acme");
  }

  /** A result that is larger than any buffer on the way, and a COPY of the same size back. */
  @Test
  void muchGoesThroughUnharmed() throws Exception {
    start("require", Map.of());
    try (Connection connection =
            gateway()
                .connect(
                    Map.of(
                        "sslmode",
                        "require",
                        "sslfactory",
                        "org.postgresql.ssl.NonValidatingFactory"));
        ResultSet row =
            connection
                .createStatement()
                .executeQuery("SELECT md5(t), t FROM (SELECT repeat('0123456789', 500000) t) x")) {
      row.next();
      String text = row.getString(2);
      try (var back = connection.prepareStatement("SELECT md5(?)")) {
        back.setString(1, text);
        ResultSet same = back.executeQuery();
        same.next();
        assertThat(same.getString(1)).isEqualTo(row.getString(1));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"require", "prefer", "disable"})
  void loginsAreBoundToTheChannel(String channelBinding) throws Exception {
    start("allow", scram());
    Map<String, String> login = Map.of("user", "tls_user", "password", "right");
    Map<String, String> properties = new HashMap<>(login);
    properties.putAll(Map.of("sslmode", "verify-full", "channelBinding", channelBinding));
    assertThat(where(properties)).isEqualTo("tenant_acme");
    properties.put("password", "wrong");
    assertThatThrownBy(() -> where(properties)).hasMessageContaining("password authentication");
  }

  @Test
  void nothingIsOfferedToBindToWithoutTls() throws Exception {
    start("allow", scram());
    assertThat(mechanisms(false)).isEqualTo("SCRAM-SHA-256\0\0");
    assertThat(mechanisms(true)).isEqualTo("SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
  }

  private String mechanisms(boolean encrypted) throws Exception {
    try (Socket plain = plainSocket()) {
      Socket socket = plain;
      if (encrypted) {
        TlsSockets.send(plain, SSL_REQUEST);
        assertThat(plain.getInputStream().read()).isEqualTo('S');
        socket = tls(plain);
      }
      TlsSockets.send(
          socket,
          FrontendNotation.startup(Map.of("user", "tls_user", "database", database.name())));
      Frame sasl = read(socket);
      assertThat(sasl.type()).isEqualTo('R');
      return new String(sasl.body(), 4, sasl.body().length - 4, StandardCharsets.US_ASCII);
    }
  }

  /**
   * The server's own offer is struck where the client sees another certificate than the server's.
   */
  @Test
  void inPassThroughTheServersCertificateDecides() throws Exception {
    TestPostgres postgres = database.server();
    postgres.execute("ALTER SYSTEM SET ssl_cert_file = '%s'".formatted(certificate));
    postgres.execute("ALTER SYSTEM SET ssl_key_file = '%s.key'".formatted(certificate));
    postgres.execute("ALTER SYSTEM SET ssl = on");
    postgres.execute("SELECT pg_reload_conf()");
    try {
      await().untilAsserted(() -> assertThat(database.value("SHOW ssl")).isEqualTo("on"));
      start("allow", Map.of("database.ssl-mode", "require"));
      Map<String, String> client =
          Map.of(
              "user",
              "tls_user",
              "password",
              "right",
              "sslmode",
              "verify-full",
              "channelBinding",
              "require");
      assertThat(where(client)).isEqualTo("tenant_acme");
      stop();
      start(
          "allow",
          Map.of(
              "database.ssl-mode",
              "require",
              "listen.tls.certificate",
              other.toString(),
              "listen.tls.key",
              other + ".key"));
      assertThat(firstWordsOfOneWhoMissesBinding().field('M'))
          .isEqualTo("SCRAM channel binding can't be carried through this gateway");
    } finally {
      postgres.execute("ALTER SYSTEM RESET ssl");
      postgres.execute("ALTER SYSTEM RESET ssl_cert_file");
      postgres.execute("ALTER SYSTEM RESET ssl_key_file");
      postgres.execute("SELECT pg_reload_conf()");
    }
  }

  private Frame firstWordsOfOneWhoMissesBinding() throws Exception {
    try (Socket plain = plainSocket()) {
      TlsSockets.send(plain, SSL_REQUEST);
      assertThat(plain.getInputStream().read()).isEqualTo('S');
      Socket socket = TlsSockets.trusting(plain);
      TlsSockets.send(
          socket,
          FrontendNotation.startup(Map.of("user", "tls_user", "database", database.name())));
      assertThat(new String(read(socket).body(), StandardCharsets.US_ASCII))
          .endsWith("\0\0\0\nSCRAM-SHA-256\0\0");
      byte[] first = "y,,n=,r=abcdefghijklmnop".getBytes(StandardCharsets.US_ASCII);
      byte[] mechanism = "SCRAM-SHA-256\0".getBytes(StandardCharsets.US_ASCII);
      TlsSockets.send(
          socket,
          new Frame(
                  'p',
                  ByteBuffer.allocate(mechanism.length + 4 + first.length)
                      .put(mechanism)
                      .putInt(first.length)
                      .put(first)
                      .array())
              .encoded());
      return read(socket);
    }
  }

  @Test
  void requestsForEncryptionMayFollowOneAnother() throws Exception {
    start("allow", Map.of());
    try (Socket plain = plainSocket()) {
      TlsSockets.send(plain, GSSENC_REQUEST);
      assertThat(plain.getInputStream().read()).isEqualTo('N');
      TlsSockets.send(plain, SSL_REQUEST);
      assertThat(plain.getInputStream().read()).isEqualTo('S');
      Socket socket = tls(plain);
      TlsSockets.send(
          socket,
          FrontendNotation.startup(Map.of("user", "postgres", "database", database.name())));
      assertThat(read(socket).type()).isEqualTo('R');
    }
  }

  @Test
  void encryptionInsideEncryptionIsRefused() throws Exception {
    start("allow", Map.of());
    for (byte[] request : List.of(SSL_REQUEST, GSSENC_REQUEST)) {
      try (Socket plain = plainSocket()) {
        TlsSockets.send(plain, SSL_REQUEST);
        assertThat(plain.getInputStream().read()).isEqualTo('S');
        Socket socket = tls(plain);
        TlsSockets.send(socket, request);
        assertThat(read(socket).field('C')).isEqualTo("08P01");
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
    }
  }

  /** Somebody in between has put it there (CVE-2021-23222). */
  @Test
  void whatIsSentAheadOfTheHandshakeIsRefused() throws Exception {
    start("allow", Map.of());
    byte[] startup =
        FrontendNotation.startup(Map.of("user", "postgres", "database", database.name()));
    try (Socket plain = plainSocket()) {
      TlsSockets.send(
          plain, ByteBuffer.allocate(8 + startup.length).put(SSL_REQUEST).put(startup).array());
      assertThat(read(plain).field('C')).isEqualTo("08P01");
    }
    try (Socket plain = plainSocket()) {
      TlsSockets.send(plain, SSL_REQUEST);
      assertThat(plain.getInputStream().read()).isEqualTo('S');
      TlsSockets.send(plain, startup); // where a ClientHello has to come
      assertThat(plain.getInputStream().readAllBytes()).hasSizeLessThan(16); // an alert at most
    }
  }

  @Test
  void directTlsNeedsTheProtocolsName() throws Exception {
    start("allow", Map.of());
    try (Socket plain = plainSocket()) {
      Socket socket = tls(plain);
      assertThat(read(socket).field('M')).contains("ALPN");
    }
    try (Socket plain = plainSocket()) {
      assertThatThrownBy(() -> tls(plain, "http/1.1")).isInstanceOf(IOException.class);
    }
    try (Socket plain = plainSocket()) {
      Socket socket = tls(plain, "http/1.1", "postgresql");
      TlsSockets.send(
          socket,
          FrontendNotation.startup(Map.of("user", "postgres", "database", database.name())));
      assertThat(read(socket).type()).isEqualTo('R');
    }
  }

  @Test
  void aReloadShowsTheNewCertificate() throws Exception {
    Path shown = folder.resolve("shown.pem");
    Path key = folder.resolve("shown.key");
    Files.copy(certificate, shown);
    Files.copy(Path.of(certificate + ".key"), key);
    start(
        "require",
        Map.of("listen.tls.certificate", shown.toString(), "listen.tls.key", key.toString()));
    Certificate before = shownCertificate();

    Files.copy(other, shown, StandardCopyOption.REPLACE_EXISTING);
    assertThat(gateway().gateway().reload().toString()).contains("listen.tls.key");
    assertThat(shownCertificate()).isEqualTo(before);

    Files.copy(Path.of(other + ".key"), key, StandardCopyOption.REPLACE_EXISTING);
    assertThat(gateway().gateway().reload().toString()).startsWith("Done");
    assertThat(shownCertificate()).isNotEqualTo(before);
  }

  private Certificate shownCertificate() throws Exception {
    try (Socket plain = plainSocket()) {
      return TlsSockets.trusting(plain, "postgresql").getSession().getPeerCertificates()[0];
    }
  }

  @ParameterizedTest
  @CsvSource({
    "require, '', '', listen.tls.mode: allow and require need",
    "'', x, '', listen.tls.mode: must be given where",
  })
  void settingsMustGoTogether(String mode, String file, String key, String message) {
    Map<String, String> given = new HashMap<>();
    given.put("database.url", "postgresql://postgres@127.0.0.1/app");
    putIfGiven(given, "listen.tls.mode", mode);
    putIfGiven(given, "listen.tls.certificate", file);
    putIfGiven(given, "listen.tls.key", key);
    assertThatThrownBy(() -> SettingsReader.read(new SettingsSources(null, Map.of(), given)))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(message);
  }

  private static void putIfGiven(Map<String, String> given, String key, String value) {
    if (!value.isEmpty()) {
      given.put(key, value);
    }
  }

  // ---- sockets

  private Socket plainSocket() throws IOException {
    return TlsSockets.plain(gateway().port());
  }

  private static Frame read(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    char type = (char) in.readByte();
    return Frame.read(type, in);
  }

  private static SSLSocket tls(Socket plain, String... protocols) throws Exception {
    return TlsSockets.trusting(plain, authority.ca(), protocols);
  }
}

package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.cli.Tenantgate;
import dev.tenantgate.migrator.testing.TestCertificates;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An admin port with TLS and tokens, and a status port beside it. */
class AdminAccessIT {

  private static final String READER = "looks-and-does-nothing";
  private static final String FULL = "0123456789abcdef0123456789abcdef";

  @TempDir static Path folder;
  private static TestCertificates authority;
  private static Path certificate;
  private static Path tokens;
  private static TestDatabase database;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    authority = TestCertificates.authority(folder, "ours");
    certificate = authority.server("dns:localhost,ip:127.0.0.1");
    tokens = folder.resolve("tokens.txt");
    Files.writeString(tokens, "grafana read-only %s\nops full %s\n".formatted(READER, FULL));
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    Path migrations = Files.createDirectories(folder.resolve("migrations"));
    GatewayFixture.migration(migrations, "00001_sites.sql", "CREATE TABLE sites (id int);");
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of(
                "migrations.trigger", "manual",
                "admin.address", "0.0.0.0:0",
                "admin.status-address", "127.0.0.1:0",
                "admin.tls.mode", "require",
                "admin.tls.certificate", certificate.toString(),
                "admin.tls.key", certificate + ".key",
                "admin.token-file", tokens.toString()));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  private static HttpResponse<String> send(String method, String path, String token)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("https://127.0.0.1:" + gateway.gateway().adminPort() + path))
            .method(method, BodyPublishers.noBody());
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return client().send(request.build(), BodyHandlers.ofString());
  }

  private static HttpClient client() throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream ca = Files.newInputStream(authority.ca())) {
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(context).build();
  }

  private static int status(String method, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + gateway.gateway().statusPort() + path))
                .method(method, BodyPublishers.noBody())
                .build(),
            BodyHandlers.ofString())
        .statusCode();
  }

  @Test
  void tokenGivesItsRightAndNoOther() throws Exception {
    HttpResponse<String> stranger = send("GET", "/api/v1/tenants", "");
    assertThat(stranger.statusCode()).isEqualTo(401);
    assertThat(stranger.headers().firstValue("WWW-Authenticate").orElseThrow())
        .startsWith("Bearer realm=");
    assertThat(send("GET", "/api/v1/tenants", "wrong-wrong-wrong").statusCode()).isEqualTo(401);
    assertThat(send("GET", "/api/v1/events", "").statusCode()).isEqualTo(401);
    assertThat(send("GET", "/livez", "").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/", "").statusCode()).isEqualTo(200);

    assertThat(send("GET", "/api/v1/tenants", READER).statusCode()).isEqualTo(200);
    assertThat(send("POST", "/api/v1/upgrade", READER).statusCode()).isEqualTo(403);
    assertThat(send("POST", "/api/v1/tenants/acme/upgrade?wait=true", FULL).statusCode())
        .isEqualTo(200);
  }

  @Test
  void eachRequestOfTheDescriptionNeedsItsRight() throws Exception {
    JsonNode paths = Json.read(send("GET", "/api/v1/openapi.json", "").body()).get("paths");
    int checked = 0;
    for (Map.Entry<String, JsonNode> path : paths.properties()) {
      String concrete = path.getKey().replaceAll("\\{[a-z]+\\}", "x");
      boolean open =
          (!concrete.startsWith("/api/") && !concrete.equals("/metrics"))
              || concrete.equals("/api/v1/openapi.json");
      for (String method : List.of("get", "post")) {
        if (path.getValue().has(method)) {
          checked++;
          String verb = method.toUpperCase(Locale.ROOT);
          assertThat(send(verb, concrete, "").statusCode() == 401)
              .as("%s %s needs a token", verb, concrete)
              .isEqualTo(!open);
          assertThat(method.equals("get") || send(verb, concrete, READER).statusCode() == 403)
              .as("%s %s needs more than a reader's", verb, concrete)
              .isTrue();
        }
      }
    }
    assertThat(checked).isGreaterThan(25);
  }

  @Test
  void commandShowsItsToken() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), FULL + "\n");
    StringWriter err = new StringWriter();
    String[] arguments = {
      "upgrade",
      "acme",
      "--admin-url=https://127.0.0.1:" + gateway.gateway().adminPort(),
      "--admin-ca=" + authority.ca(),
      "--token-file=" + token
    };

    assertThat(run(err, arguments)).as(err.toString()).isZero();
    arguments[4] = "--token-file=" + Files.writeString(token, READER);
    assertThat(run(err, arguments)).isEqualTo(1);
    assertThat(err.toString()).contains("may only read");
  }

  private static int run(StringWriter err, String... arguments) {
    return Tenantgate.run(
        new PrintWriter(new StringWriter()), new PrintWriter(err, true), arguments);
  }

  @Test
  void statusPortTellsWithoutTokenAndDoesNothing() throws Exception {
    assertThat(status("GET", "/livez")).isEqualTo(200);
    assertThat(status("GET", "/readyz")).isEqualTo(200);
    assertThat(status("GET", "/metrics")).isEqualTo(200);
    for (String path : List.of("/", "/api/v1/tenants", "/api/v1/events", "/api/v1/sessions")) {
      assertThat(status("GET", path)).as(path).isEqualTo(404);
    }
    assertThat(status("POST", "/api/v1/upgrade")).isEqualTo(404);
    assertThat(status("POST", "/metrics")).isEqualTo(405);
  }

  @Test
  void tokensAndCertificateAreReadAnew() throws Exception {
    String before = shown().getSerialNumber().toString();
    Files.writeString(tokens, "ops full %s\nnew full %s\n".formatted(FULL, FULL + "-new"));
    Files.delete(Path.of(certificate + ".key"));
    authority.server("dns:localhost,ip:127.0.0.1");

    assertThat(send("POST", "/api/v1/reload", FULL).statusCode()).isEqualTo(200);

    assertThat(send("GET", "/api/v1/tenants", FULL + "-new").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/api/v1/tenants", READER).statusCode()).isEqualTo(401);
    assertThat(shown().getSerialNumber().toString()).isNotEqualTo(before);

    Files.writeString(tokens, "rubbish");
    HttpResponse<String> refused = send("POST", "/api/v1/reload", FULL);
    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(refused.body()).contains("admin.token-file");
    Files.writeString(tokens, "grafana read-only %s\nops full %s\n".formatted(READER, FULL));
    assertThat(send("POST", "/api/v1/reload", FULL).statusCode()).isEqualTo(200);
  }

  private static X509Certificate shown() throws Exception {
    HttpResponse<String> answer =
        client()
            .send(
                HttpRequest.newBuilder(
                        URI.create("https://127.0.0.1:" + gateway.gateway().adminPort() + "/livez"))
                    .build(),
                BodyHandlers.ofString());
    return (X509Certificate) answer.sslSession().orElseThrow().getPeerCertificates()[0];
  }
}

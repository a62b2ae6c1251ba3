package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tenantgate.config.NetworkAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The admin port of a gateway that runs somewhere. Thread-safe. */
final class AdminClient {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final HttpClient http;
  private final ObjectMapper mapper = new ObjectMapper();
  private final URI base;
  private final @Nullable String token;

  /**
   * Prepares.
   *
   * @param token shown with each request; null if none is
   * @param trust the authorities of its certificate; null for the platform's
   */
  AdminClient(URI base, @Nullable String token, @Nullable SSLContext trust) {
    this.base = base;
    this.token = token;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5));
    this.http = (trust == null ? builder : builder.sslContext(trust)).build();
  }

  /**
   * The port that a gateway with these settings listens on, as it is reached from its own machine.
   */
  static URI uri(NetworkAddress address, boolean encrypted) {
    String host =
        switch (address.host()) {
          case "0.0.0.0" -> "127.0.0.1";
          case "::" -> "::1";
          default -> address.host();
        };
    return URI.create(
        (encrypted ? "https://" : "http://") + new NetworkAddress(host, address.port()));
  }

  /** An answer of the gateway's. */
  record Answer(int status, JsonNode json) {

    boolean isOk() {
      return status < 300;
    }

    /** The detail of a problem. */
    String detail() {
      return json.path("detail").asText("HTTP status " + status);
    }
  }

  /** Asks for the upgrade of a tenant, without waiting for it. */
  Answer upgrade(String tenant) throws IOException, InterruptedException {
    String segment = URLEncoder.encode(tenant, StandardCharsets.UTF_8).replace("+", "%20");
    return post("/api/v1/tenants/" + segment + "/upgrade");
  }

  /** Asks for the upgrade of all tenants that are behind, without waiting for it. */
  Answer upgradeAll() throws IOException, InterruptedException {
    return post("/api/v1/upgrade");
  }

  /** How far an upgrade has come. */
  Answer operation(String id) throws IOException, InterruptedException {
    return send(request("/api/v1/operations/" + id).GET().build());
  }

  private Answer post(String path) throws IOException, InterruptedException {
    return send(request(path).POST(HttpRequest.BodyPublishers.noBody()).build());
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(TIMEOUT);
    return token == null ? request : request.header("Authorization", "Bearer " + token);
  }

  private Answer send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> response;
    try {
      response = http.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      boolean noHost =
          base.getHost() != null && new InetSocketAddress(base.getHost(), 0).isUnresolved();
      String why =
          noHost
              ? "there is no host " + base.getHost()
              : e.getMessage() == null ? "nothing listens there" : e.getMessage();
      throw new IOException("no gateway answers at " + base + ": " + why, e);
    }
    try {
      return new Answer(response.statusCode(), mapper.readTree(response.body()));
    } catch (JsonProcessingException e) {
      throw new IOException(base + " is not the admin port of a gateway", e);
    }
  }
}

package dev.tenantgate.gateway.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The page for people, its parts, and the description of the API for programs. Immutable. */
final class PageEndpoints {

  /** Scripts and styles come from here alone, and so does what they ask for. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final Map<String, String> PARTS =
      Map.of(
          "page.css", "text/css; charset=utf-8",
          "app.js", SCRIPT,
          "api.js", SCRIPT,
          "ui.js", SCRIPT,
          "tenants.js", SCRIPT,
          "tenant.js", SCRIPT,
          "rollouts.js", SCRIPT,
          "migrations.js", SCRIPT,
          "gateways.js", SCRIPT);

  private final AdminResponse page = page(read("index.html"));
  private final AdminResponse description =
      withTag(AdminResponse.text("application/json", read("openapi.json")));

  void addTo(Routes routes) {
    routes
        .add(HttpMethod.GET, "/", Endpoint.immediate(request -> page))
        .add(HttpMethod.GET, "/page/*", Endpoint.immediate(PageEndpoints::part))
        .add(HttpMethod.GET, "/api/v1/openapi.json", Endpoint.immediate(request -> description));
  }

  private static AdminResponse page(String html) {
    return withTag(AdminResponse.text("text/html; charset=utf-8", html))
        .with(HttpHeaderNames.CONTENT_SECURITY_POLICY, POLICY);
  }

  private static AdminResponse part(AdminRequest request) {
    String name = request.segments().get(1);
    String type = PARTS.get(name);
    return type == null
        ? AdminResponse.problem(HttpResponseStatus.NOT_FOUND, "there is nothing at this path")
        : withTag(AdminResponse.text(type, read(name)));
  }

  private static AdminResponse withTag(AdminResponse response) {
    return response.with(HttpHeaderNames.ETAG, new EntityTag().add(response.body()).text());
  }

  private static String read(String name) {
    try (InputStream file = PageEndpoints.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException(name + " is missing beside " + PageEndpoints.class);
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer. Immutable.
 *
 * @param status the status
 * @param contentType of the body
 * @param body UTF-8
 * @param headers further headers
 */
record AdminResponse(
    HttpResponseStatus status, String contentType, String body, Map<String, String> headers) {

  AdminResponse {
    headers = Map.copyOf(headers);
  }

  static AdminResponse json(HttpResponseStatus status, JsonNode body) {
    return new AdminResponse(status, "application/json", Json.text(body), Map.of());
  }

  static AdminResponse text(String contentType, String body) {
    return new AdminResponse(HttpResponseStatus.OK, contentType, body, Map.of());
  }

  /** RFC 9457's way to tell an error. */
  static AdminResponse problem(HttpResponseStatus status, @Nullable String detail) {
    return problem(status, detail, Json.object());
  }

  /** The same, with members of its own. */
  static AdminResponse problem(
      HttpResponseStatus status, @Nullable String detail, ObjectNode members) {
    ObjectNode problem = Json.object();
    problem.put("type", "about:blank");
    problem.put("title", status.reasonPhrase());
    problem.put("status", status.code());
    if (detail != null) {
      problem.put("detail", detail);
    }
    problem.setAll(members);
    return new AdminResponse(status, "application/problem+json", Json.text(problem), Map.of());
  }

  AdminResponse with(CharSequence header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header.toString(), value);
    return new AdminResponse(status, contentType, body, more);
  }

  AdminResponse at(String location) {
    return with(HttpHeaderNames.LOCATION, location);
  }

  byte[] bytes() {
    return body.getBytes(StandardCharsets.UTF_8);
  }
}

package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An answer. Immutable.
 *
 * @param status the status
 * @param contentType of the body
 * @param body UTF-8
 * @param headers further headers
 * @param parts what follows the body, made as the client takes it; null if nothing does
 */
record AdminResponse(
    HttpResponseStatus status,
    String contentType,
    String body,
    Map<String, String> headers,
    @Nullable Iterator<String> parts) {

  /** Elements of a list that are made at once. */
  private static final int BATCH = 64;

  AdminResponse(
      HttpResponseStatus status, String contentType, String body, Map<String, String> headers) {
    this(status, contentType, body, headers, null);
  }

  AdminResponse {
    headers = Map.copyOf(headers);
  }

  static AdminResponse json(HttpResponseStatus status, JsonNode body) {
    return new AdminResponse(status, "application/json", Json.text(body), Map.of());
  }

  /**
   * A JSON object whose last member is a list that may be long.
   *
   * @param members those before it
   * @param elements of the list, made as the client takes them
   */
  static <T> AdminResponse list(
      ObjectNode members, String name, List<T> elements, Function<T, JsonNode> json) {
    String open = Json.text(members);
    String comma = members.isEmpty() ? "" : ",";
    String start = open.substring(0, open.length() - 1) + comma + "\"" + name + "\":[";
    int batches = (elements.size() + BATCH - 1) / BATCH;
    Stream<String> parts =
        IntStream.range(0, batches)
            .mapToObj(
                i ->
                    (i == 0 ? "" : ",")
                        + batch(
                            elements.subList(i * BATCH, Math.min(elements.size(), (i + 1) * BATCH)),
                            json));
    return new AdminResponse(
        HttpResponseStatus.OK,
        "application/json",
        start,
        Map.of(),
        Stream.concat(parts, Stream.of("]}")).iterator());
  }

  /** The elements, by commas. */
  private static <T> String batch(List<T> elements, Function<T, JsonNode> json) {
    ArrayNode batch = Json.array();
    elements.forEach(element -> batch.add(json.apply(element)));
    String text = Json.text(batch);
    return text.substring(1, text.length() - 1);
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
    return new AdminResponse(status, contentType, body, more, parts);
  }

  AdminResponse at(String location) {
    return with(HttpHeaderNames.LOCATION, location);
  }

  /** The entity tag; null if it has none. */
  @Nullable String tag() {
    return headers.get(HttpHeaderNames.ETAG.toString());
  }

  boolean isOk() {
    return status.equals(HttpResponseStatus.OK);
  }

  /** The answer to a client that has this one already. */
  AdminResponse notModified() {
    return new AdminResponse(HttpResponseStatus.NOT_MODIFIED, contentType, "", headers);
  }

  byte[] bytes() {
    return body.getBytes(StandardCharsets.UTF_8);
  }
}

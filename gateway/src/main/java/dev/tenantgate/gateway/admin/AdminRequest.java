package dev.tenantgate.gateway.admin;

import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request, taken apart. Immutable.
 *
 * @param method the method; HEAD counts as GET
 * @param segments the path's segments, percent-decoded
 * @param query the query's parameters
 * @param body the body, as UTF-8; empty where there is none
 * @param by who sends it: the name of the token that was shown, else the client's address
 * @param accept the Accept header; empty where there is none
 */
record AdminRequest(
    HttpMethod method,
    List<String> segments,
    Map<String, List<String>> query,
    String body,
    String by,
    String accept) {

  /** The same, sent by the holder of a token. */
  AdminRequest by(String holder) {
    return new AdminRequest(method, segments, query, body, holder, accept);
  }

  /** The first value of a parameter; null if it isn't given. */
  @Nullable String parameter(String name) {
    List<String> values = query.get(name);
    return values == null || values.isEmpty() ? null : values.get(0);
  }

  /** Whether a parameter is given as true: {@code ?wait}, {@code ?wait=true}. */
  boolean flag(String name) {
    String value = parameter(name);
    return value != null && (value.isEmpty() || value.equals("true") || value.equals("1"));
  }
}

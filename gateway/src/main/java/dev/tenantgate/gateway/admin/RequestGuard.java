package dev.tenantgate.gateway.admin;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.NetUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages of others from using an operator's browser against the admin port. Stateless.
 *
 * <p>Whatever changes something must not come from another site: browsers tell by {@code Origin}
 * and {@code Sec-Fetch-Site}, and a body must be JSON, which no form can send. A port on the
 * loopback interface answers only to names of the loopback interface, so that a name that an
 * attacker lets point there (DNS rebinding) finds nobody. Clients that are no browsers send none of
 * this and are let through: {@code curl -X POST} works as it is.
 */
final class RequestGuard {

  private RequestGuard() {}

  /** What is wrong with the request; null if nothing is. */
  static @Nullable AdminResponse refuse(FullHttpRequest request, boolean onLoopback) {
    HttpHeaders headers = request.headers();
    String host = headers.get(HttpHeaderNames.HOST);
    if (onLoopback && host != null && !isLocal(hostName(host))) {
      return AdminResponse.problem(
          HttpResponseStatus.MISDIRECTED_REQUEST,
          "the admin port listens on the loopback interface only, it isn't called \"%s\""
              .formatted(host));
    }
    if (isReading(request.method())) {
      return null;
    }
    if (isFromAnotherSite(headers, host)) {
      return AdminResponse.problem(
          HttpResponseStatus.FORBIDDEN, "requests from pages of other sites are refused");
    }
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    if (request.content().isReadable()
        && isFromBrowser(headers)
        && (type == null || !isJson(type))) {
      return AdminResponse.problem(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "a browser's body must be application/json");
    }
    return null;
  }

  static boolean isReading(HttpMethod method) {
    return method.equals(HttpMethod.GET)
        || method.equals(HttpMethod.HEAD)
        || method.equals(HttpMethod.OPTIONS);
  }

  private static boolean isFromAnotherSite(HttpHeaders headers, @Nullable String host) {
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    if (origin != null && !origin.equalsIgnoreCase("http://" + host)) {
      return true;
    }
    String site = headers.get("Sec-Fetch-Site");
    return site != null && !site.equals("same-origin") && !site.equals("none");
  }

  /**
   * A form of any page can send a body of another type, and an old browser doesn't say from where.
   * Scripts are free to leave the type out, or to send what curl takes it for.
   */
  private static boolean isFromBrowser(HttpHeaders headers) {
    String agent = headers.get(HttpHeaderNames.USER_AGENT);
    return headers.contains(HttpHeaderNames.ORIGIN)
        || headers.contains(HttpHeaderNames.REFERER)
        || headers.contains("Sec-Fetch-Site")
        || (agent != null && agent.startsWith("Mozilla/"));
  }

  private static boolean isJson(String contentType) {
    String type = contentType.toLowerCase(Locale.ROOT).strip();
    return type.equals("application/json") || type.startsWith("application/json;");
  }

  private static boolean isLocal(String name) {
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || NetUtil.isValidIpV4Address(name)
        || NetUtil.isValidIpV6Address(name);
  }

  /** The host without its port and brackets. */
  private static String hostName(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.startsWith("[")) {
      int end = name.indexOf(']');
      return end < 0 ? name : name.substring(1, end);
    }
    int colon = name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }
}

package dev.tenantgate.gateway.admin;

import dev.tenantgate.config.AdminSettings;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.NetUtil;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages of others from using an operator's browser against the admin port. Immutable.
 *
 * <p>The port answers only to IP addresses and to names that are known: {@code localhost}, this
 * machine's own, and those of {@code admin.hosts}. So a name that an attacker lets point there (DNS
 * rebinding) finds nobody. On the loopback interface the names of the loopback interface are
 * enough. A request that changes something must not come from another site: browsers tell by {@code
 * Origin} and {@code Sec-Fetch-Site}, and a body must be JSON, which no form can send. Clients that
 * are no browsers send none of this and are let through: {@code curl -X POST} works as it is.
 */
final class RequestGuard {

  private static final String OWN_NAME = ownName();

  /** {@code admin.hosts}. */
  private final List<String> hosts;

  private final String address;

  private RequestGuard(List<String> hosts, String address) {
    this.hosts = hosts;
    this.address = address;
  }

  /** The refusal by a guard, or by a port that needs none. */
  interface Check {
    @Nullable AdminResponse refuse(FullHttpRequest request, boolean onLoopback);
  }

  /** By the settings in force. */
  static RequestGuard of(AdminSettings settings) {
    return new RequestGuard(settings.hosts(), settings.address().host().toLowerCase(Locale.ROOT));
  }

  private static String ownName() {
    String name = System.getenv("HOSTNAME");
    return name == null ? "" : name.toLowerCase(Locale.ROOT);
  }

  /** The refusal of a request; null if nothing is wrong with it. */
  @Nullable AdminResponse refuse(FullHttpRequest request, boolean onLoopback) {
    HttpHeaders headers = request.headers();
    List<String> named = headers.getAll(HttpHeaderNames.HOST);
    String host = named.isEmpty() ? null : named.get(0);
    if (named.size() > 1) {
      return Problems.badRequest("the header Host is there more than once");
    }
    if (host != null && !isKnown(hostName(host), onLoopback)) {
      return AdminResponse.problem(
          HttpResponseStatus.MISDIRECTED_REQUEST,
          "the admin port isn't called \"%s\"; its names are in admin.hosts".formatted(host));
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

  private boolean isKnown(String name, boolean onLoopback) {
    return isLocal(name)
        || hosts.contains(name)
        || name.equals(address)
        || (!onLoopback && !name.isEmpty() && name.equals(OWN_NAME));
  }

  static boolean isReading(HttpMethod method) {
    return method.equals(HttpMethod.GET)
        || method.equals(HttpMethod.HEAD)
        || method.equals(HttpMethod.OPTIONS);
  }

  private boolean isFromAnotherSite(HttpHeaders headers, @Nullable String host) {
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    if (origin != null
        && !origin.equalsIgnoreCase("http://" + host)
        && !origin.equalsIgnoreCase("https://" + host)
        && !isListed(origin)) {
      return true;
    }
    String site = headers.get("Sec-Fetch-Site");
    return site != null && !site.equals("same-origin") && !site.equals("none");
  }

  /** Whether a page has one of the port's names as its origin, behind a proxy that ends TLS. */
  private boolean isListed(String origin) {
    int authority = origin.indexOf("://");
    return authority > 0
        && hosts.contains(origin.substring(authority + 3).toLowerCase(Locale.ROOT));
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

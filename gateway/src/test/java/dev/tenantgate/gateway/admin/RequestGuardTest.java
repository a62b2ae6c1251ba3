package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.AdminSettings;
import dev.tenantgate.config.AdminTls;
import dev.tenantgate.config.NetworkAddress;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestGuardTest {

  private static final RequestGuard GUARD =
      RequestGuard.of(
          new AdminSettings(
              new NetworkAddress("0.0.0.0", 9640),
              null,
              List.of("gateway.example", "tenantgate"),
              AdminTls.DISABLED,
              null,
              true));

  @Test
  void curlPasses() {
    assertThat(status(post("127.0.0.1:9640"), true)).isEqualTo(200);
    assertThat(status(post("localhost:9640"), true)).isEqualTo(200);
    assertThat(status(post("[::1]:9640"), true)).isEqualTo(200);
    assertThat(status(with(post("localhost:9640"), "Content-Type", "text/plain"), true))
        .isEqualTo(200);
  }

  @Test
  void thePageItselfPasses() {
    FullHttpRequest request = with(post("localhost:9640"), "Origin", "http://localhost:9640");
    assertThat(status(with(request, "Sec-Fetch-Site", "same-origin"), true)).isEqualTo(200);
  }

  @Test
  void pagesOfOtherSitesAreRefused() {
    assertThat(status(with(post("localhost:9640"), "Origin", "https://evil.example"), true))
        .isEqualTo(403);
    assertThat(status(with(post("localhost:9640"), "Origin", "null"), true)).isEqualTo(403);
    assertThat(status(with(post("localhost:9640"), "Origin", "http://localhost:8080"), true))
        .isEqualTo(403);
    assertThat(status(with(post("localhost:9640"), "Sec-Fetch-Site", "cross-site"), true))
        .isEqualTo(403);
  }

  @Test
  void namesThatWereMadeToPointToTheLoopbackInterfaceAreRefused() {
    assertThat(status(post("evil.example:9640"), true)).isEqualTo(421);
    assertThat(status(get("evil.example:9640"), true)).isEqualTo(421);
    assertThat(status(get("evil.example:9640"), false)).isEqualTo(421);
    assertThat(status(get("evil.example."), false)).isEqualTo(421);
    assertThat(status(get("gateway.example.evil.example"), false)).isEqualTo(421);
    assertThat(status(get(""), false)).isEqualTo(421);
  }

  @Test
  void addressesAndListedNamesPassBeyondLoopback() {
    assertThat(status(get("10.1.2.3:9640"), false)).isEqualTo(200);
    assertThat(status(get("[fd00::1]:9640"), false)).isEqualTo(200);
    assertThat(status(get("Gateway.Example:9640"), false)).isEqualTo(200);
    assertThat(status(get("tenantgate"), false)).isEqualTo(200);
  }

  @Test
  void aPageBehindAProxyHasAListedOrigin() {
    assertThat(status(with(post("10.1.2.3:9640"), "Origin", "https://gateway.example"), false))
        .isEqualTo(200);
    assertThat(status(with(post("10.1.2.3:9640"), "Origin", "https://gateway.example:8443"), false))
        .isEqualTo(403);
    assertThat(status(with(post("10.1.2.3:9640"), "Origin", "https://evil.example"), false))
        .isEqualTo(403);
    assertThat(status(with(post("10.1.2.3:9640"), "Origin", "http://10.1.2.3"), false))
        .isEqualTo(403);
  }

  @Test
  void twoHostsAreNone() {
    FullHttpRequest request = get("localhost");
    request.headers().add("Host", "evil.example");
    assertThat(status(request, true)).isEqualTo(400);
  }

  @Test
  void aBrowsersBodyMustBeJson() {
    FullHttpRequest form =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.POST,
            "/",
            Unpooled.copiedBuffer("{}", StandardCharsets.UTF_8));
    assertThat(status(form, true)).as("a script may leave it out").isEqualTo(200);
    with(form, "Content-Type", "application/x-www-form-urlencoded");
    assertThat(status(form, true)).as("as curl does by itself").isEqualTo(200);
    with(form, "User-Agent", "Mozilla/5.0");
    assertThat(status(form, true)).isEqualTo(415);
    assertThat(status(with(form, "Content-Type", "text/plain"), true)).isEqualTo(415);
    assertThat(status(with(form, "Content-Type", "application/json; charset=utf-8"), true))
        .isEqualTo(200);
  }

  private static int status(FullHttpRequest request, boolean onLoopback) {
    AdminResponse refusal = GUARD.refuse(request, onLoopback);
    return refusal == null ? 200 : refusal.status().code();
  }

  private static FullHttpRequest post(String host) {
    return request(HttpMethod.POST, host);
  }

  private static FullHttpRequest get(String host) {
    return request(HttpMethod.GET, host);
  }

  private static FullHttpRequest request(HttpMethod method, String host) {
    return with(
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, "/api/v1/upgrade"), "Host", host);
  }

  private static FullHttpRequest with(FullHttpRequest request, String header, String value) {
    request.headers().set(header, value);
    return request;
  }
}

package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestGuardTest {

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
    assertThat(status(get("gateway.internal:9640"), false)).isEqualTo(200);
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
    AdminResponse refusal = RequestGuard.refuse(request, onLoopback);
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

package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page as it can be held against itself, without a browser. */
class PageTest {

  private static final Path EVENTS =
      Path.of("src/main/java/dev/tenantgate/gateway/admin/EventStream.java");

  private final Routes routes = new Routes();

  PageTest() {
    new PageEndpoints().addTo(routes);
  }

  private AdminResponse get(String... segments) {
    return routes
        .find(HttpMethod.GET, List.of(segments))
        .answer(new AdminRequest(HttpMethod.GET, List.of(segments), Map.of(), "", "test", ""))
        .toCompletableFuture()
        .join();
  }

  private static String read(String name) throws IOException {
    try (InputStream file = PageEndpoints.class.getResourceAsStream(name)) {
      assertThat(file).as(name).isNotNull();
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Set<String> all(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map((MatchResult found) -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The scripts, from the one that the page names on. */
  private static List<String> scripts() throws IOException {
    List<String> found = new ArrayList<>(all(read("index.html"), "src=\"page/([a-z]+\\.js)\""));
    for (int i = 0; i < found.size(); i++) {
      for (String next : all(read(found.get(i)), "from \"\\./([a-z]+\\.js)\"")) {
        if (!found.contains(next)) {
          found.add(next);
        }
      }
    }
    return found;
  }

  private static String script() throws IOException {
    StringBuilder script = new StringBuilder();
    for (String name : scripts()) {
      script.append(read(name));
    }
    return script.toString();
  }

  @Test
  void everyPartIsServed() throws IOException {
    assertThat(scripts()).contains("app.js", "tenants.js", "rollouts.js");
    for (String name : scripts()) {
      assertThat(get("page", name).status().code()).as(name).isEqualTo(200);
    }
    assertThat(get("page", "page.css").status().code()).isEqualTo(200);
    assertThat(get("page", "openapi.json").status().code()).isEqualTo(404);
  }

  @Test
  void scriptsAndStylesComeFromTheGatewayAlone() throws IOException {
    AdminResponse page = get();
    assertThat(page.headers().get("content-security-policy"))
        .contains("default-src 'none'", "script-src 'self'", "style-src 'self'")
        .doesNotContain("unsafe");
    String html = read("index.html");
    assertThat(all(html, "\\s(on[a-z]+|style)=")).isEmpty();
    assertThat(all(html, "<(style|script)>")).isEmpty();
    assertThat(html + read("page.css") + script()).doesNotContain("http://", "https://");
    assertThat(script()).doesNotContain("innerHTML", "insertAdjacentHTML", "eval(", "{style:");
  }

  @Test
  void elementsThatAreAskedForAreThere() throws IOException {
    Set<String> ids = all(read("index.html"), "\\sid=\"([^\"]+)\"");
    assertThat(ids).containsAll(all(script(), "getElementById\\(\"([^\"]+)\"\\)"));
    assertThat(ids).containsAll(all(read("index.html"), "aria-[a-z]+by=\"([^\"]+)\""));
    assertThat(ids).containsAll(all(read("index.html"), "\\sfor=\"([^\"]+)\""));
  }

  @Test
  void eventsThatAreReadArePublished() throws IOException {
    Set<String> published = all(Files.readString(EVENTS), "publish\\(\"([a-z_]+)\"");
    assertThat(published).containsAll(all(script(), "name === \"([a-z_]+)\"\\)"));
    assertThat(all(script(), "name === \"([a-z_]+)\"")).isNotEmpty();
  }

  @Test
  void requestsThatAreMadeAreDescribed() throws IOException {
    String description = read("openapi.json");
    Set<String> asked = all(script(), "call\\(\"([a-z]+)");
    assertThat(asked).contains("tenants", "runs", "migrations", "gateways", "pools", "reload");
    for (String path : asked) {
      assertThat(description).contains("\"/api/v1/" + path);
    }
  }
}

package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** API.md names each parameter that a request may have, and each event, as the code has them. */
class ApiReferenceTest {

  private static final Path CODE = Path.of("src/main/java/dev/tenantgate/gateway/admin");

  private static Set<String> inCode(String pattern) throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.list(CODE)) {
      for (Path file : files.toList()) {
        found.addAll(matches(pattern, read(file)));
      }
    }
    return found;
  }

  private static List<String> matches(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(found -> found.group(1)).toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text between a heading and the next one. */
  private static String section(String heading) {
    String page = read(Path.of("API.md"));
    int begin = page.indexOf("\n## " + heading + "\n");
    assertThat(begin).as(heading).isPositive();
    int end = page.indexOf("\n## ", begin + 1);
    return page.substring(begin, end < 0 ? page.length() : end);
  }

  @Test
  void everyParameterIsThereAndNoOther() throws Exception {
    assertThat(Set.copyOf(matches("(?m)^\\|.*?\\| `(\\w+)` \\|", section("Parameters"))))
        .containsExactlyInAnyOrderElementsOf(
            inCode("request\\.(?:parameter|flag)\\(\"(\\w+)\"\\)"));
  }

  @Test
  void everyEventIsThereAndNoOther() throws Exception {
    assertThat(matches("(?m)^\\| `(\\w+)` \\|", section("Events")))
        .containsExactlyInAnyOrderElementsOf(inCode("publish\\(\"(\\w+)\""));
  }

  @Test
  void everyParameterIsInTheOpenApiDocument() throws Exception {
    JsonNode document =
        Json.read(read(Path.of("src/main/resources/dev/tenantgate/gateway/admin/openapi.json")));
    Set<String> described = new TreeSet<>();
    for (JsonNode parameter : document.findParents("in")) {
      if (parameter.path("in").asText().equals("query")) {
        described.add(parameter.get("name").textValue());
      }
    }

    assertThat(described).isEqualTo(inCode("request\\.(?:parameter|flag)\\(\"(\\w+)\"\\)"));
  }
}

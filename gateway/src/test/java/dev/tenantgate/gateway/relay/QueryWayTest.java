package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The way of a Query, as the README tells it to those who begin to read the relay. */
class QueryWayTest {

  private static final int MOST_CLASSES = 14;
  private static final Pattern STEP = Pattern.compile("(?m)^\\d+\\. `(\\w+)` ");

  @Test
  void theReadmeListsTheClassesThatAQueryMeets() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    int from = readme.indexOf("## The way of a Query");
    List<String> met =
        STEP.matcher(readme.substring(from, readme.indexOf("\n## ", from + 1)))
            .results()
            .map(step -> step.group(1))
            .toList();

    assertThat(met).hasSizeBetween(1, MOST_CLASSES).doesNotHaveDuplicates();
    assertThat(sources()).containsAll(met);
  }

  private static List<String> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .toList();
    }
  }
}

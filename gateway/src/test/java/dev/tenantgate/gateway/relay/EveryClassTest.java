package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each class of a package has a unit test, which says so by its name or by a link to it. */
class EveryClassTest {

  private static final String BASE = "dev.tenantgate.gateway.";

  /** The Javadoc of a file's class. */
  private static final Pattern JAVADOC =
      Pattern.compile("^/\\*\\*(.*?)\\*/\\s+(?:final )?class ", Pattern.DOTALL | Pattern.MULTILINE);

  @ParameterizedTest
  @CsvSource({"relay, 51", "timeout, 4"})
  void isNamedByATest(String room, int least) throws IOException {
    StringBuilder named = new StringBuilder();
    for (Path test : tests()) {
      named.append("{@link ").append(nameOf(test).replaceFirst("Test$", "")).append("}\n");
      Matcher javadoc = JAVADOC.matcher(Files.readString(test));
      named.append(javadoc.find() ? javadoc.group(1) : "").append('\n');
    }
    List<String> classes =
        sources(room).map(EveryClassTest::nameOf).filter(name -> hasBehaviour(room, name)).toList();
    assertThat(classes).hasSizeGreaterThanOrEqualTo(least);
    assertThat(classes).filteredOn(name -> !links(named, name)).as("without a test").isEmpty();
  }

  private static boolean links(CharSequence text, String name) {
    return Pattern.compile("\\{@link[\\s*]+" + name + "[}#]").matcher(text).find();
  }

  private static Stream<Path> sources(String room) throws IOException {
    Path folder = Path.of("src/main/java").resolve((BASE + room).replace('.', '/'));
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList().stream();
    }
  }

  /** Of all packages: the wire itself is what most of them speak to. */
  private static List<Path> tests() throws IOException {
    Path folder = Path.of("src/test/java").resolve(BASE.replace('.', '/'));
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith("Test.java")).sorted().toList();
    }
  }

  private static String nameOf(Path file) {
    return file.getFileName().toString().replaceFirst("\\.java$", "");
  }

  /** An interface has none if all its methods are abstract, and neither has a package. */
  private static boolean hasBehaviour(String room, String name) {
    if (name.equals("package-info")) {
      return false;
    }
    try {
      Class<?> type = Class.forName(BASE + room + '.' + name);
      return !type.isInterface()
          || Stream.of(type.getDeclaredMethods())
              .anyMatch(method -> !Modifier.isAbstract(method.getModifiers()));
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}

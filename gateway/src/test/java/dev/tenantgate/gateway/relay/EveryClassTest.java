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
import org.junit.jupiter.api.Test;

/** Each class of the package has a unit test, which says so by its name or by a link to it. */
class EveryClassTest {

  private static final String PACKAGE = "dev.tenantgate.gateway.relay";

  /** The Javadoc of a file's class. */
  private static final Pattern JAVADOC =
      Pattern.compile("^/\\*\\*(.*?)\\*/\\s+(?:final )?class ", Pattern.DOTALL | Pattern.MULTILINE);

  @Test
  void isNamedByATest() throws IOException {
    StringBuilder named = new StringBuilder();
    for (Path test :
        sources("test").filter(file -> file.toString().endsWith("Test.java")).toList()) {
      named.append("{@link ").append(nameOf(test).replaceFirst("Test$", "")).append("}\n");
      Matcher javadoc = JAVADOC.matcher(Files.readString(test));
      named.append(javadoc.find() ? javadoc.group(1) : "").append('\n');
    }
    List<String> classes =
        sources("main").map(EveryClassTest::nameOf).filter(EveryClassTest::hasBehaviour).toList();
    assertThat(classes).hasSizeGreaterThan(50);
    assertThat(classes).filteredOn(name -> !links(named, name)).as("without a test").isEmpty();
  }

  private static boolean links(CharSequence text, String name) {
    return Pattern.compile("\\{@link[\\s*]+" + name + "[}#]").matcher(text).find();
  }

  private static Stream<Path> sources(String kind) throws IOException {
    Path folder = Path.of("src", kind, "java").resolve(PACKAGE.replace('.', '/'));
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList().stream();
    }
  }

  private static String nameOf(Path file) {
    return file.getFileName().toString().replaceFirst("\\.java$", "");
  }

  /** An interface has none if all its methods are abstract, and neither has a package. */
  private static boolean hasBehaviour(String name) {
    if (name.equals("package-info")) {
      return false;
    }
    try {
      Class<?> type = Class.forName(PACKAGE + '.' + name);
      return !type.isInterface()
          || Stream.of(type.getDeclaredMethods())
              .anyMatch(method -> !Modifier.isAbstract(method.getModifiers()));
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}

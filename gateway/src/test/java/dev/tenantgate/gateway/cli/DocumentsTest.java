package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Links lead somewhere, commands are as the program takes them, the README stays short, and so do
 * files of code.
 */
class DocumentsTest {

  private static final Path TOP = Path.of("..");

  private static final Pattern LINK = Pattern.compile("\\[[^\\]]+\\]\\(([^)]+)\\)");
  private static final Pattern COMMAND = Pattern.compile("(?:^|[&;`(] ?|run: )(tenantgate [^`;]*)");

  static List<String> documents() {
    return List.of(
        "README.md",
        "config/README.md",
        "config/REFERENCE.md",
        "deploy/README.md",
        "gateway/README.md",
        "gateway/GUIDE.md",
        "gateway/API.md",
        "gateway/COMMANDS.md",
        "gateway/ERRORS.md",
        "gateway/METRICS.md",
        "migrator/README.md",
        "migrator/GUIDE.md");
  }

  private static List<String> lines(Path document) throws IOException {
    return Files.readAllLines(document);
  }

  /** As GitHub makes them: small letters, digits, hyphens for spaces, nothing else. */
  private static Set<String> anchors(Path document) throws IOException {
    Set<String> anchors = new TreeSet<>();
    for (String line : lines(document)) {
      if (line.startsWith("#")) {
        anchors.add(
            line.replaceFirst("#+ ", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-'));
      }
    }
    return anchors;
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyLinkLeadsSomewhere(String document) throws IOException {
    Path file = TOP.resolve(document);
    for (MatchResult link : LINK.matcher(String.join(" ", lines(file))).results().toList()) {
      String target = link.group(1);
      if (!target.startsWith("http")) {
        int hash = target.indexOf('#');
        Path to =
            hash == 0 ? file : file.resolveSibling(hash < 0 ? target : target.substring(0, hash));
        assertThat(to).as(document).exists();
        if (hash >= 0) {
          assertThat(anchors(to)).as(document).contains(target.substring(hash + 1));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyCommandIsTaken(String document) throws IOException {
    for (String line : lines(TOP.resolve(document))) {
      String text = line.strip();
      if (line.startsWith("    ") || line.startsWith("- run:")) {
        for (MatchResult found : COMMAND.matcher(text).results().toList()) {
          CommandLine commands = Tenantgate.commandLine(new TenantgateCommand(Map.of()));
          assertThat(parsed(commands, words(found.group(1)))).as("%s: %s", document, text).isTrue();
        }
      }
    }
  }

  private static boolean parsed(CommandLine commands, List<String> words) {
    commands.parseArgs(words.toArray(String[]::new));
    return true;
  }

  /** The words behind the program's name, up to a comment or another command. */
  private static List<String> words(String command) {
    String alone = command.replaceFirst("\\s(?:#|&|\\||>).*", "");
    List<String> words = new ArrayList<>();
    for (String word : alone.strip().split("\\s+(?=(?:[^\"']*[\"'][^\"']*[\"'])*[^\"']*$)", -1)) {
      words.add(word.replaceAll("[\"']", ""));
    }
    return words.subList(1, words.size());
  }

  @Test
  void readmeIsShortAndItsLinesAreNarrow() throws IOException {
    List<String> readme = lines(TOP.resolve("README.md"));

    assertThat(readme).hasSizeLessThanOrEqualTo(250);
    assertThat(readme).allSatisfy(line -> assertThat(line).hasSizeLessThan(120));
  }

  @ParameterizedTest
  @ValueSource(strings = {"config", "migrator", "gateway"})
  void noFileOfCodeIsLong(String module) throws IOException {
    Map<Path, Integer> tooLong = new TreeMap<>();
    try (Stream<Path> files = Files.walk(TOP.resolve(module).resolve("src"))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        int lines = lines(file).size();
        if (lines > 400) {
          tooLong.put(TOP.relativize(file), lines);
        }
      }
    }
    assertThat(tooLong).isEmpty();
  }
}

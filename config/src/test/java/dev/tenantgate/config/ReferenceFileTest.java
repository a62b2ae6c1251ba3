package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceFileTest {

  private static final Pattern SECTION = Pattern.compile("([a-z]+):");
  private static final Pattern PART = Pattern.compile("  ([a-z-]+):");
  private static final Pattern KEY = Pattern.compile("  (  )?(#?)([a-z-]+): (.*)");

  @TempDir Path folder;
  private Path file = Path.of("");

  /** One key of the file: its value, null where it is commented out, and the comment above it. */
  private record Documented(boolean given, String value, String comment) {}

  @BeforeEach
  void copyReference() throws IOException {
    file = folder.resolve("tenantgate.yaml");
    try (InputStream in = SettingsReader.class.getResourceAsStream("tenantgate.yaml")) {
      assertThat(in).isNotNull();
      Files.write(file, in.readAllBytes());
    }
  }

  private Map<String, Documented> documented() throws IOException {
    Map<String, Documented> keys = new LinkedHashMap<>();
    String section = "";
    String part = "";
    List<String> comment = new ArrayList<>();
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      Matcher head = SECTION.matcher(line);
      Matcher within = PART.matcher(line);
      Matcher key = KEY.matcher(line);
      if (line.startsWith("  # ") || line.startsWith("    # ")) {
        comment.add(line.substring(line.indexOf('#') + 2));
      } else if (head.matches()) {
        section = head.group(1);
      } else if (within.matches()) {
        part = within.group(1) + ".";
        comment.clear();
      } else if (key.matches()) {
        keys.put(
            section + "." + (key.group(1) == null ? "" : part) + key.group(3),
            new Documented(key.group(2).isEmpty(), key.group(4), String.join(" ", comment)));
        comment.clear();
      }
    }
    return keys;
  }

  @Test
  void everyKeyIsThereInOrderAndNoOther() throws Exception {
    assertThat(documented().keySet())
        .containsExactlyElementsOf(SettingKeys.ALL.stream().map(SettingKey::name).toList());
  }

  @Test
  void everyValueIsTheDefault() throws Exception {
    Map<String, RawValue> values = YamlLayer.read(file, folder).values();

    for (SettingKey<?> key : SettingKeys.ALL) {
      RawValue value = values.get(key.name());
      String text = value == null ? null : String.join(",", value.elements());
      assertThat(text).as(key.name()).isEqualTo(key.defaultText());
    }
  }

  @Test
  void everyCommentEndsWithTheDefault() throws Exception {
    Map<String, Documented> keys = documented();
    for (SettingKey<?> key : SettingKeys.ALL) {
      String end =
          key.defaultText() == null
              ? "No default[^.]*\\."
              : Pattern.quote("Default " + key.defaultText() + ".");
      assertThat(keys.get(key.name()))
          .as(key.name())
          .extracting(Documented::comment, as(STRING))
          .containsPattern(end + "$");
    }
  }

  @Test
  void readingItIsReadingNothing() throws Exception {
    Map<String, String> url = Map.of("database.url", "postgresql://o@h/d");
    Settings read = SettingsReader.read(new SettingsSources(file, Map.of(), url)).settings();
    Path empty = Files.writeString(folder.resolve("empty.yaml"), "");

    assertThat(read)
        .isEqualTo(SettingsReader.read(new SettingsSources(empty, Map.of(), url)).settings());
  }

  @Test
  void whatIsCommentedOutCanBeTakenIn() throws Exception {
    String all = Files.readString(file).replaceAll("(?m)^( +)#([a-z-]+: )", "$1$2");
    all = all.replaceFirst("ca: /.*", "ca: '-----BEGIN CERTIFICATE-----'");
    // Another tool's keys are for another tool, and one requirement rules out the other.
    all = all.replaceFirst("tool: tenantgate", "tool: external");
    all = all.replaceFirst("  required-tag: .*", "");
    all = all.replaceAll("(?m)^ {4}(version|dump|template-schema): .*$", "");
    Files.writeString(file, all);

    Settings settings =
        SettingsReader.read(new SettingsSources(file, Map.of(), Map.of())).settings();

    assertThat(settings.migrations().tool().command()).containsExactly("bin/migrate-tenant");
    assertThat(settings.database()).hasToString("postgresql://owner@127.0.0.1:5432/app");
    assertThat(settings.auth().userList()).isEqualTo(folder.resolve("users.txt"));
  }
}

package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsReferenceTest {

  private static final Path COMMITTED = Path.of("REFERENCE.md");

  @Test
  void committedReferenceIsTheOneOfTheCode() throws Exception {
    if (Boolean.getBoolean("reference.write")) {
      Files.writeString(COMMITTED, SettingsReference.markdown());
    }
    assertThat(SettingsReference.markdown())
        .as("config/REFERENCE.md: write it by `tenantgate config reference > config/REFERENCE.md`")
        .isEqualTo(Files.readString(COMMITTED));
  }

  @Test
  void everyKeyIsThereWithItsTextAndWithValues() {
    List<SettingsReference.Entry> entries = SettingsReference.entries();

    assertThat(entries)
        .extracting(SettingsReference.Entry::key)
        .containsExactlyElementsOf(SettingKeys.ALL.stream().map(SettingKey::name).toList());
    assertThat(entries)
        .allSatisfy(
            entry -> {
              assertThat(entry.text()).as(entry.key()).isNotBlank().doesNotEndWith("No default.");
              assertThat(entry.values()).as(entry.key()).isNotBlank();
            });
  }

  @Test
  void linesAreBelow120ColumnsAndHeadingsAreUnique() {
    List<String> lines = SettingsReference.markdown().lines().toList();

    assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThan(120));
    assertThat(lines.stream().filter(line -> line.startsWith("#"))).doesNotHaveDuplicates();
  }

  @Test
  void defaultIsTakenAsAValueByItsOwnKey() {
    for (SettingKey<?> key : SettingKeys.ALL) {
      if (key.defaultText() != null) {
        RawValue raw = RawValue.text(key.defaultText(), new Origin.Default(), Path.of(""));
        assertThat(raw).extracting(value -> parsed(key, value)).as(key.name()).isNotNull();
      }
    }
  }

  private static Object parsed(SettingKey<?> key, RawValue value) {
    try {
      return key.type().parse(value);
    } catch (InvalidValueException e) {
      throw new AssertionError(key.name() + ": " + e.getMessage(), e);
    }
  }
}

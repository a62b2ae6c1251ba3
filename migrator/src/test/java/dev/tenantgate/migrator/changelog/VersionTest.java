package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class VersionTest {

  @Test
  void versionsOfSeveralPartsAreComparedAsNumbersPartByPart() {
    List<String> rising =
        List.of(
            "0",
            "0.1",
            "1",
            "1.0.1",
            "1.2",
            "1.2.3",
            "1.9",
            "1.10",
            "2",
            "2.0.0.1",
            "10",
            "20240101",
            "20240101.1",
            "2024010112",
            "20240101120000",
            "20240101120000.1",
            "20240101120000123",
            "20240101120000123.4");
    List<Version> versions = rising.stream().map(Version::ofParts).toList();

    assertThat(versions).isSorted();
    assertThat(versions).extracting(Version::toString).containsExactlyElementsOf(rising);
    assertThat(versions)
        .allSatisfy(v -> assertThat(Version.recorded(v.number(), "x")).isEqualTo(v))
        .allSatisfy(v -> assertThat(Version.recorded(v.number(), "x")).hasToString(v.toString()));
  }

  @Test
  void zerosInFrontAndInTheEndCarryNoMeaning() {
    assertThat(Version.ofParts("1_0_0")).isEqualTo(new Version(1));
    assertThat(Version.ofParts("001.02")).isEqualTo(Version.parse("1.2"));
    assertThat(Version.parse("1.2.3").number()).isEqualTo(5_000_001_0002_0003_0000L);
    assertThat(Version.parse("2024.01.15.10.30.05")).hasToString("2024.1.15.10.30.5");
  }

  @Test
  void versionWithoutANumberIsRefused() {
    assertThatThrownBy(() -> Version.ofParts("1.2.3.4.5.6.7"))
        .hasMessageContaining("no number for the version 1.2.3.4.5.6.7");
    assertThatThrownBy(() -> Version.parse("5000001000200030000"))
        .hasMessageContaining("stand for versions of several parts");
    assertThatThrownBy(() -> Version.parse("9999999999999999999"))
        .hasMessageContaining("at most 2^63-1");
  }

  @Test
  void repeatableMigrationsComeAfterAllVersionsByName() {
    Version views = Version.repeatable("views");
    Version functions = Version.repeatable("a_functions");

    assertThat(List.of(new Version(99), Version.parse("999.1"), functions, views)).isSorted();
    assertThat(Version.recorded(views.number(), "views")).isEqualTo(views).hasToString("R__views");
    assertThat(views.isRepeatable()).isTrue();
    assertThat(Version.parse("1.2").isRepeatable()).isFalse();
  }
}

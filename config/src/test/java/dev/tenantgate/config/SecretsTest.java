package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {

  private static final String SECRET = "hunter2";

  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static LoadedSettings read(Path file) throws SettingsException {
    return SettingsReader.read(new SettingsSources(file, Map.of(), Map.of()));
  }

  @Test
  void aFileHoldsTheValue() throws Exception {
    file("url", "postgresql://owner@db/app\n");
    file("password", " pass word \r\n");
    Path yaml = file("t.yaml", "database:\n  url-file: url\n  password-file: password\n");

    LoadedSettings loaded = read(yaml);

    assertThat(loaded.settings().database().host()).isEqualTo("db");
    assertThat(loaded.settings().database().password()).isEqualTo(" pass word ");
    assertThat(loaded.originOf("database.password"))
        .hasToString(yaml + ":3 (content of " + folder.resolve("password") + ")");
  }

  @Test
  void valueAndFileTogetherAreRefused() throws Exception {
    file("password", SECRET);
    Path yaml =
        file(
            "t.yaml",
            "database:\n  url: postgresql://o@h/d\n  password: a\n  password-file: password\n");

    SettingsException refused = catchThrowableOfType(SettingsException.class, () -> read(yaml));

    assertThat(refused)
        .hasMessage(yaml + ":4: database.password: give this or database.password-file, not both");
  }

  @Test
  void theFileOfAStrongerSourceWinsOverAWeakerValue() throws Exception {
    Path password = file("password", SECRET);
    Path yaml = file("t.yaml", "database:\n  url: postgresql://o@h/d\n  password: a\n");

    LoadedSettings loaded =
        SettingsReader.read(
            new SettingsSources(
                yaml, Map.of("TENANTGATE_DATABASE_PASSWORD_FILE", password.toString()), Map.of()));

    assertThat(loaded.settings().database().password()).isEqualTo(SECRET);
  }

  @Test
  void aFileThatIsMissingOrEmptyIsNamed() throws Exception {
    file("empty", "\n");
    Path yaml = file("t.yaml", "database:\n  url-file: empty\n  password-file: nope\n");

    SettingsException refused = catchThrowableOfType(SettingsException.class, () -> read(yaml));

    assertThat(refused.errors())
        .extracting(SettingsError::toString)
        .containsExactly(
            "%s:2: database.url-file: must be a file that holds the value, was %s, empty"
                .formatted(yaml, folder.resolve("empty")),
            "%s:3: database.password-file: must be a file that is there, was %s"
                .formatted(yaml, folder.resolve("nope")));
  }

  @Test
  void nothingThatIsShownHasASecretInIt() throws Exception {
    Path yaml = file("t.yaml", "database:\n  url: postgresql://owner:hunter2@db:5433/app\n");

    LoadedSettings loaded = read(yaml);

    assertThat(loaded.settings().database().password()).isEqualTo(SECRET);
    assertThat(loaded.toString()).doesNotContain(SECRET);
    assertThat(loaded.effective())
        .contains(
            new EffectiveSetting(
                "database.url", "postgresql://owner@db:5433/app", new Origin.FileLine(yaml, 2)),
            new EffectiveSetting(
                "database.password",
                EffectiveSetting.MASK,
                new Origin.PartOfUrl(new Origin.FileLine(yaml, 2))));
    SettingsSources sources =
        new SettingsSources(null, Map.of("DSN", SECRET), Map.of("database.password", SECRET));
    assertThat(sources.toString()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://o:hunter2/x@h/d",
        "postgresql://o:hunter2?x@h/d",
        "postgresql://o:x?hunter2=y@h/d",
        "postgresql://o:x#hunter2@h/d",
        "postgresql://o:hunter2%zz@h/d",
        "postgresql://o:x@hunter2:nope/d",
        "host=h user=o password=x hunter2",
        "host=h user=o password=x hunter2=y",
        "host=h user=o password='hunter2",
        "hunter2",
        "mysql://o:hunter2@h/d",
      })
  void noErrorHasASecretInIt(String url) {
    List<SettingsSources> all =
        List.of(
            new SettingsSources(null, Map.of(), Map.of("database.url", url)),
            new SettingsSources(null, Map.of("DSN", url), Map.of()));
    for (SettingsSources sources : all) {
      SettingsException refused =
          catchThrowableOfType(SettingsException.class, () -> SettingsReader.read(sources));

      assertThat(refused).isNotNull();
      assertThat(refused.getMessage()).contains("database.url").doesNotContain(SECRET);
    }
  }
}

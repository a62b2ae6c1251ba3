package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How another tool is set, and what it is required to have reached. */
class MigrationToolTest {

  private static Settings read(Map<String, String> settings) throws SettingsException {
    Map<String, String> all = new HashMap<>(settings);
    all.put("database.url", "postgresql://owner@127.0.0.1/app");
    return SettingsReader.read(new SettingsSources(null, Map.of(), all)).settings();
  }

  private static Settings external(String key, String value) throws SettingsException {
    return read(Map.of("migrations.tool", "external", key, value));
  }

  @Test
  void byDefaultNoOtherToolMigrates() throws SettingsException {
    assertThat(read(Map.of()).migrations().tool()).isEqualTo(MigrationTool.OURS);
  }

  @Test
  void requirementIsAVersionNamesOrATag() throws SettingsException {
    assertThat(external("gate.required", "1.2").gate().required())
        .isEqualTo(new RequiredVersion.Dotted("1.2"));
    assertThat(external("gate.required", "1_2").gate().required())
        .isEqualTo(new RequiredVersion.Dotted("1.2"));
    assertThat(external("gate.required", "20240131120000").gate().required())
        .isEqualTo(new RequiredVersion.UpTo(20240131120000L));
    assertThat(external("gate.required-names", "polls.0002_x, auth.0001_y").gate().required())
        .isEqualTo(new RequiredVersion.Names(List.of("polls.0002_x", "auth.0001_y")));
    assertThat(external("gate.required-tag", "v1.4").gate().required())
        .isEqualTo(new RequiredVersion.Tag("v1.4"));
  }

  @Test
  void twoRequirementsAreRefused() {
    assertThatThrownBy(
            () ->
                read(
                    Map.of(
                        "migrations.tool", "external",
                        "gate.required", "7",
                        "gate.required-tag", "v1")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("gate.required-tag: give one of");
  }

  @Test
  void otherToolsSettingsAreRefusedWithoutOne() {
    for (String key : List.of("gate.required-names", "gate.required-tag", "migrations.command")) {
      assertThatThrownBy(() -> read(Map.of(key, "x")))
          .as(key)
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining(key + ": is for another tool's migrations");
    }
  }

  @Test
  void commandIsATextForTheShellOrAList(@TempDir Path folder) throws Exception {
    MigrationTool shell = external("migrations.command", "flyway, migrate").migrations().tool();
    assertThat(shell.command()).containsExactly("/bin/sh", "-c", "flyway, migrate");
    assertThat(shell.commandTimeout()).isEqualTo(Duration.ofMinutes(10));

    Path file = folder.resolve("tenantgate.yaml");
    Files.writeString(
        file,
        """
        database:
          url: postgresql://owner@127.0.0.1/app
        migrations:
          tool: external
          command: [flyway, "-url=x,y", migrate]
          file-format: golang-migrate
        """);
    MigrationTool listed =
        SettingsReader.read(new SettingsSources(file, Map.of(), Map.of()))
            .settings()
            .migrations()
            .tool();
    assertThat(listed.command()).containsExactly("flyway", "-url=x,y", "migrate");
    assertThat(listed.fileFormat()).isEqualTo(MigrationTool.FileFormat.GOLANG_MIGRATE);
  }

  @Test
  void variablesOfACommandAreNoSettings() throws SettingsException {
    Map<String, String> environment =
        Map.of(
            "TENANTGATE_DATABASE_URL", "postgresql://owner@127.0.0.1/app",
            "TENANTGATE_TENANT", "acme",
            "TENANTGATE_SCHEMA", "tenant_acme",
            "TENANTGATE_REQUIRED", "7");
    assertThat(
            SettingsReader.read(new SettingsSources(null, environment, Map.of()))
                .settings()
                .gate()
                .required())
        .isEqualTo(new RequiredVersion.Latest());
  }
}

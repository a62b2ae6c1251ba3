package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointSettingsTest {

  @TempDir Path folder;

  private Settings read(String migrations) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("t.yaml"),
            "database:\n  url: postgresql://o@h/d\nmigrations:\n" + migrations.indent(2));
    return SettingsReader.read(new SettingsSources(file, Map.of(), Map.of())).settings();
  }

  @Test
  void dumpIsRelativeToTheSettingsFile() throws Exception {
    assertThat(read("checkpoint: {version: 00200, dump: ./c.sql}").migrations().checkpoint())
        .isEqualTo(new CheckpointSettings("00200", folder.resolve("c.sql"), null));
    assertThat(read("checkpoint: {version: 1.2, template-schema: tpl}").migrations().checkpoint())
        .isEqualTo(new CheckpointSettings("1.2", null, "tpl"));
    assertThat(read("workers: 2").migrations().checkpoint()).isNull();
  }

  @Test
  void halfACheckpointIsRefusedByKey() {
    assertThatThrownBy(() -> read("checkpoint: {version: 7}"))
        .hasMessageContaining("migrations.checkpoint.version")
        .hasMessageContaining("migrations.checkpoint.template-schema");
    assertThatThrownBy(() -> read("checkpoint: {dump: c.sql}"))
        .hasMessageContaining("migrations.checkpoint.dump")
        .hasMessageContaining("needs migrations.checkpoint.version");
    assertThatThrownBy(() -> read("checkpoint: {version: 7, dump: c.sql, template-schema: t}"))
        .hasMessageContaining("both are given");
    assertThatThrownBy(() -> read("checkpoint: {version: 7, dump: c.sql}\ntool: external"))
        .hasMessageContaining("migrations.checkpoint.version")
        .hasMessageContaining("another tool");
    assertThatThrownBy(() -> read("checkpoint: 7"))
        .hasMessageContaining("migrations.checkpoint")
        .hasMessageContaining("section");
  }
}

package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumTest {

  private static final String PLAIN = "CREATE TABLE a (\n  id int\n);\n";

  @TempDir Path folder;

  private String checksum(String content) {
    return new TestChangelog(folder)
        .with("1_a.sql", content)
        .changelog()
        .migrations()
        .get(0)
        .checksum();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\uFEFFCREATE TABLE a (\n  id int\n);\n",
        "CREATE TABLE a (\r\n  id int\r\n);\r\n",
        "\n\nCREATE TABLE a (\n  id int\n);\n\n\n",
        "-- Author: somebody else\nCREATE TABLE a (\n  id int\n);",
        "-- Migration: a\n-- UP MIGRATION\nCREATE TABLE a (\n  id int\n);\n",
        "-- UP MIGRATION\n\nCREATE TABLE a (\n  id int\n);\n\n-- DOWN MIGRATION\nDROP TABLE a;\n",
      })
  void isIndifferentToWhatDoesNotChangeASchema(String content) {
    assertThat(checksum(content)).isEqualTo(checksum(PLAIN));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE a (\n  id bigint\n);\n",
        "CREATE TABLE a (\n id int\n);\n",
        "CREATE TABLE a (\n  id int -- the key\n);\n",
        "CREATE TABLE a (\n  id int\n);\nSELECT 1;",
      })
  void tellsOtherStatementsApart(String content) {
    assertThat(checksum(content)).isNotEqualTo(checksum(PLAIN));
  }

  @Test
  void isSha256InHex() {
    // printf 'SELECT 1;' | sha256sum
    assertThat(Checksum.of("SELECT 1;"))
        .isEqualTo("17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a");
  }
}

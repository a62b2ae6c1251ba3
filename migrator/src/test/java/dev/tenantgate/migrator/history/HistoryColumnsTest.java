package dev.tenantgate.migrator.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HistoryColumnsTest {

  private static Map<String, String> ours() {
    return new HashMap<>(
        Map.of(
            "version", "bigint",
            "name", "character varying",
            "applied_at", "timestamp without time zone",
            "checksum", "character varying",
            "execution_time_ms", "integer",
            "status", "character varying",
            "error_message", "text"));
  }

  @Test
  void takesOursAlsoWithMoreColumns() {
    Map<String, String> more = ours();
    more.put("applied_by", "text");

    assertThat(HistoryColumns.objection("r", ours())).isNull();
    assertThat(HistoryColumns.objection("r", more)).isNull();
  }

  @Test
  void namesTheToolsItKnows() {
    assertThat(HistoryColumns.objection("r", Map.of("version", "character varying")))
        .contains("Rails or dbmate", "version character varying");
    assertThat(HistoryColumns.objection("r", Map.of("version", "bigint", "dirty", "boolean")))
        .contains("golang-migrate");
    assertThat(HistoryColumns.objection("r", Map.of("version", "bigint", "inserted_at", "x")))
        .contains("Ecto");
  }

  @Test
  void refusesWhatLooksLikeOursButIsNot() {
    Map<String, String> text = ours();
    text.put("version", "character varying");

    assertThat(HistoryColumns.objection("r", text)).contains("another tool");
    assertThat(HistoryColumns.objection("v", ours())).contains("isn't a table");
  }
}

package dev.tenantgate.migrator.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.HistoryName;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HistoryColumnsTest {

  private static final String TIMESTAMP = "timestamp without time zone";

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

    assertThat(objection("r", ours())).isNull();
    assertThat(objection("r", more)).isNull();
  }

  @Test
  void namesTheToolsItKnows() {
    assertThat(objection("r", Map.of("version", "character varying")))
        .contains("Rails or dbmate", "version character varying");
    assertThat(objection("r", Map.of("version", "bigint", "dirty", "boolean")))
        .contains("golang-migrate");
    assertThat(objection("r", Map.of("version", "bigint", "inserted_at", TIMESTAMP)))
        .contains("Ecto");
    assertThat(objection("r", Map.of("version", "bigint", "inserted_at", "x")))
        .contains("another tool");
  }

  @Test
  void refusesWhatLooksLikeOursButIsNot() {
    Map<String, String> text = ours();
    text.put("version", "character varying");

    assertThat(objection("r", text)).contains("another tool");
    assertThat(objection("v", ours())).contains("isn't a table");
  }

  private static @Nullable String objection(String kind, Map<String, String> columns) {
    HistoryColumns.Foreign foreign = HistoryColumns.foreign(kind, columns);
    return foreign == null ? null : foreign.objection(HistoryName.STANDARD);
  }
}

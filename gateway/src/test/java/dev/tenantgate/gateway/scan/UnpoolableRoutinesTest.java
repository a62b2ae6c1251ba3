package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnpoolableRoutinesTest {

  private static final UnpoolableRoutines ROUTINES =
      new UnpoolableRoutines(
          RoutineNames.of(List.of("lock_it", "Lock Them All")),
          RoutineNames.of(List.of("trap")),
          RoutineNames.of(List.of("seeding")),
          RoutineNames.of(List.of("last_order")),
          RoutineNames.of(List.of("orders")));

  private static @Nullable SessionEffect usedBy(String sql) {
    ByteBuf text = text(sql);
    return ROUTINES.usedBy(text, 0, text.readableBytes());
  }

  private static ByteBuf text(String sql) {
    return Unpooled.wrappedBuffer(sql.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT lock_it(1)",
        "select PUBLIC.Lock_It(1)",
        "SELECT \"Lock Them All\"()",
        "INSERT INTO trap VALUES (1)",
        "COPY public.\"trap\" FROM STDIN"
      })
  void whatLeavesSomethingIsTold(String sql) {
    assertThat(usedBy(sql)).isEqualTo(SessionEffect.UnseenState.TRACEABLE);
  }

  @Test
  void whatReadsASequenceIsTold() {
    for (String sql :
        List.of("SELECT last_order()", "INSERT INTO orders VALUES (1)", "SELECT * FROM orders")) {
      ByteBuf text = text(sql);
      assertThat(ROUTINES.readSequencesIn(text, 0, text.readableBytes()))
          .isEqualTo(!sql.contains("*"));
    }
  }

  @Test
  void whatCannotBeAskedAboutIsToldApart() {
    assertThat(usedBy("SELECT seeding(), lock_it(1)"))
        .isEqualTo(SessionEffect.UnseenState.UNTRACEABLE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SELECT * FROM trap", "SELECT lock_it_not(1)", "INSERT INTO traps SELECT"})
  void otherTextsLeaveNothing(String sql) {
    assertThat(usedBy(sql)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT lock_it(1); $$",
        "DROP FUNCTION lock_it; ; COMMENT ON TABLE trap IS 'x'",
        "/* mine */ CREATE VIEW v AS SELECT lock_it(1)",
        "ALTER FUNCTION lock_it OWNER TO CURRENT_USER"
      })
  void aDefinitionRunsNothing(String sql) {
    ByteBuf text = text(sql);
    assertThat(SqlScan.onlyDefines(text, 0, text.readableBytes(), LexicalRules.DEFAULT)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP FUNCTION f; SELECT lock_it(1)",
        "CREATE MATERIALIZED VIEW v AS SELECT lock_it(1)",
        "CREATE TABLE t AS SELECT lock_it(1)",
        "ALTER TABLE t ADD c int DEFAULT lock_it(1)",
        "CREATE TEMP VIEW v AS SELECT lock_it(1)"
      })
  void whatRunsSomethingIsNoDefinition(String sql) {
    ByteBuf text = text(sql);
    assertThat(SqlScan.onlyDefines(text, 0, text.readableBytes(), LexicalRules.DEFAULT)).isFalse();
  }
}

package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SqlScan;
import dev.tenantgate.gateway.settings.SessionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A {@link RestoringQuery}: the statements that undo what a RESET does too much. */
class RestoringQueryTest {

  private static final SessionSettings STARTUP =
      SessionSettings.of(
          Map.of(
              "application_name", "it's \\ mine",
              "search_path", "\"A b\", public",
              "role", "boss",
              "app.user", "7"));

  private static List<String> restored(SessionEffect effect, boolean any) {
    List<String> statements = new ArrayList<>();
    assertThat(RestoringQuery.restore(effect, STARTUP, statements)).isEqualTo(any);
    return statements;
  }

  private static ScannedQuery scan(String sql) {
    ByteBuf text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
    return SqlScan.scan(text, 0, text.writerIndex(), LexicalRules.DEFAULT);
  }

  @Test
  void resetOfAParameterIsUndone() {
    assertThat(restored(new SessionEffect.ResetParameter("application_name", false), true))
        .containsExactly(";SET SESSION \"application_name\" TO E'it''s \\\\ mine'");
    assertThat(restored(new SessionEffect.ResetParameter("app.user", true), true))
        .containsExactly(";SET LOCAL \"app\".\"user\" TO E'7'");
    assertThat(restored(new SessionEffect.ResetParameter("search_path", false), true))
        .containsExactly(";SET SESSION \"search_path\" TO E'A b', E'public'");
    assertThat(restored(new SessionEffect.ResetParameter("work_mem", false), false)).isEmpty();
    assertThat(restored(SessionEffect.of(EffectKind.BEGIN), false)).isEmpty();
  }

  @Test
  void resetOfAllIsUndoneForAllThatItResets() {
    assertThat(restored(SessionEffect.of(EffectKind.RESET_ALL), true))
        .hasSize(3)
        .noneMatch(statement -> statement.contains("role"));
  }

  @Test
  void pathOfNothingIsALiteral() {
    List<String> statements = new ArrayList<>();
    RestoringQuery.restore(
        new SessionEffect.ResetParameter("search_path", false),
        SessionSettings.of(Map.of("search_path", "")),
        statements);
    assertThat(statements).containsExactly(";SET SESSION \"search_path\" TO ''");
  }

  @Test
  void settingsAreWrittenAsStatements() {
    assertThat(RestoringQuery.setting("role", "boss"))
        .isEqualTo(";SET SESSION \"role\" TO E'boss'");
    assertThat(RestoringQuery.setting("a\"b.c", null)).isEqualTo(";RESET \"a\"\"b\".\"c\"");
    assertThat(RestoringQuery.localSetting("role", "boss"))
        .isEqualTo(";SET LOCAL \"role\" TO E'boss'");
    assertThat(RestoringQuery.localSetting("role", null))
        .isEqualTo(";SET LOCAL \"role\" TO DEFAULT");
  }

  @Test
  void onlyPlainValuesCanBeRestored() {
    assertThat(RestoringQuery.canRestore(STARTUP)).isTrue();
    assertThat(RestoringQuery.canRestore(SessionSettings.of(Map.of("a.b", "é")))).isFalse();
    assertThat(RestoringQuery.canRestore(SessionSettings.of(Map.of("temp_tablespaces", "a"))))
        .isFalse();
    assertThat(RestoringQuery.isAscii("\u007f")).isTrue();
    assertThat(RestoringQuery.isAscii("a\u0080")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "reset work_mem, true",
    "reset all, true",
    "unlisten news, true",
    "set work_mem to default, true",
    "select 1, false",
    "set work_mem to '8MB', false"
  })
  void textThatMayNeedMoreIsTold(String sql, boolean needs) {
    assertThat(RestoringQuery.mayNeed(scan(sql))).isEqualTo(needs);
  }

  @Test
  void textThatIsNotUnderstoodIsLeftAlone() {
    ScannedQuery query = scan("reset all");
    assertThat(RestoringQuery.mayNeed(new ScannedQuery(query.steps(), query.statements(), false)))
        .isFalse();
  }

  @Test
  void messageHasItsLength() {
    ByteBuf message =
        new RestoringQuery("reset all;SET x TO y", List.of(1))
            .encode(UnpooledByteBufAllocator.DEFAULT);
    assertThat(message.readByte()).isEqualTo((byte) 'Q');
    assertThat(message.readInt()).isEqualTo(4 + message.readableBytes());
    assertThat(message.readCharSequence(20, StandardCharsets.US_ASCII))
        .hasToString("reset all;SET x TO y");
    assertThat(message.readByte()).isZero();
    message.release();
  }
}

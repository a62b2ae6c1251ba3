package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which texts make what may call a function. */
class DefinitionWordsTest {

  private static boolean areIn(String sql) {
    ByteBuf text = Unpooled.copiedBuffer("xx" + sql, StandardCharsets.UTF_8);
    return DefinitionWords.areIn(text, 2, text.readableBytes() - 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create function f() returns int language sql return 1",
        "CREATE OR REPLACE\n\tVIEW v AS SELECT 1",
        "select 1; alter table t alter c set DEFAULT now()",
        "create table t (c int/**/check(c>0))"
      })
  void aStatementThatMakesOne(String sql) {
    assertThat(areIn(sql)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create table t (c int)",
        "create table t (c int); select function",
        "function create",
        "create table functions (checks int, create_ int, defaulted int)",
        "recreate view",
        ""
      })
  void aStatementThatMakesNone(String sql) {
    assertThat(areIn(sql)).isFalse();
  }

  /** A pattern that looks from each CREATE to the text's end takes minutes. */
  @Test
  void aTextOfNothingButItsBeginningsIsReadOnce() {
    String sql = "create ".repeat(150_000);
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(10), () -> assertThat(areIn(sql)).isFalse());
  }
}

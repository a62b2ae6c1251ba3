package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnprovenNamesTest {

  private static final UnprovenNames FOUND = UnprovenNames.of(List.of("ctx", "<=>", "orders"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select ctx()",
        "insert into Orders values (1)",
        "select 1 <=> 2",
        "select 1 -<=>- 2",
        "select query_to_xml('select 1', true, true, '')",
        "select * from U&\"\\0063tx\"",
        "select * from u&\"x\"",
      })
  void countsEveryMention(String text) {
    assertThat(isUnproven(FOUND, text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1",
        "select 1 <= 2",
        "select 1 < = > 2",
        "select ctx1, orders_1",
        "a & \"b\""
      })
  void provesTheRestHarmless(String text) {
    assertThat(isUnproven(FOUND, text)).isFalse();
  }

  @Test
  void provesNothingWhereACastLeadsAnywhere() {
    assertThat(isUnproven(UnprovenNames.of(List.of(UnprovenNames.EVERYTHING)), "select 1"))
        .isTrue();
    assertThat(isUnproven(UnprovenNames.UNKNOWN, "select 1")).isTrue();
  }

  /** The server cuts off what is longer than a name may be. */
  @Test
  void aNameIsFoundByTheServersBeginOfIt() {
    String longest = "n".repeat(63);
    UnprovenNames names = UnprovenNames.of(List.of(longest));

    assertThat(isUnproven(names, "select " + longest + "()")).isTrue();
    assertThat(isUnproven(names, "select " + longest + "_and_more()")).isTrue();
    assertThat(isUnproven(names, "select " + longest.substring(1) + "()")).isFalse();
    assertThat(isUnproven(names, "select x" + longest + "()")).isFalse();
  }

  /** Its last character would be cut in two. */
  @Test
  void aNameMayBeCutEarlier() {
    UnprovenNames names = UnprovenNames.of(List.of("n".repeat(62)));

    assertThat(isUnproven(names, "select \"" + "n".repeat(62) + "ü\"()")).isTrue();
  }

  @Test
  void aNameWithoutAWordMayBeAnywhere() {
    assertThat(isUnproven(UnprovenNames.of(List.of(" ")), "select 1")).isTrue();
    assertThat(isUnproven(UnprovenNames.of(List.of("(")), "select 1")).isTrue();
  }

  private static boolean isUnproven(UnprovenNames names, String text) {
    ByteBuf buffer = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    return names.mentionedIn(buffer, 0, buffer.readableBytes());
  }
}

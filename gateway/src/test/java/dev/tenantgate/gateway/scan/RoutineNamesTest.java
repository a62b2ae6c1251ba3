package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoutineNamesTest {

  private static final RoutineNames NAMES =
      RoutineNames.of(List.of("ctx", "set_tenant", "Größe", "say hello", "f"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ctx",
        "select ctx(1)",
        "SELECT CtX(1)",
        "select 1 where set_tenant('a')",
        "select tenant_a.set_tenant('a')",
        "select \"set_tenant\"('a')",
        "/* ctx */ select 1",
        "select größe(1)",
        "select \"say hello\"()",
        "f",
        "select f",
        "12345678f",
        "1234567 f",
        "12345678 f",
        "123456789 f"
      })
  void findsWholeWords(String text) {
    assertThat(isFound(NAMES, text)).isEqualTo(!text.equals("12345678f"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "select ctx1()", "select actx()", "set_tenants", "ff", "say"})
  void passesPartsOfWords(String text) {
    assertThat(isFound(NAMES, text)).isFalse();
  }

  @Test
  void findsNothingAmongNoNames() {
    assertThat(isFound(RoutineNames.NONE, "select anything()")).isFalse();
    assertThat(isFound(RoutineNames.of(List.of()), "")).isFalse();
  }

  @Test
  void findsAsASplitAtBlanksDoes() {
    Set<String> wanted = Set.of("ab", "b", "aab", "bb_a", "a1");
    RoutineNames names = RoutineNames.of(wanted);
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(30); length > 0; length--) {
        text.append("aabBA_1 ,('".charAt(random.nextInt(11)));
      }
      boolean expected =
          Arrays.stream(text.toString().toLowerCase(Locale.ROOT).split("[ ,(']+"))
              .anyMatch(wanted::contains);
      assertThat(isFound(names, text.toString())).as(text.toString()).isEqualTo(expected);
    }
  }

  @Test
  void looksAtNothingBesideTheText() {
    ByteBuf buffer = Unpooled.copiedBuffer("ctx ctxctx ctx", StandardCharsets.UTF_8);

    assertThat(NAMES.mentionedIn(buffer, 4, 6)).isFalse();
    assertThat(NAMES.mentionedIn(buffer, 4, 3)).isTrue();
  }

  private static boolean isFound(RoutineNames names, String text) {
    ByteBuf buffer = Unpooled.copiedBuffer("?" + text + "?ctx", StandardCharsets.UTF_8);
    return names.mentionedIn(buffer, 1, buffer.readableBytes() - 5);
  }
}

package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlainTextsTest {

  private final PlainTexts texts = new PlainTexts();
  private final Set<String> added = new HashSet<>();

  @Test
  void textIsKnownOnceItHasComeTwice() {
    assertThat(comes("select 1")).isFalse();
    assertThat(comes("select 1")).isFalse();
    assertThat(comes("select 1")).isTrue();
    assertThat(comes("select 2")).isFalse();
    assertThat(comes("select 1 ")).isFalse();
    assertThat(comes("")).isFalse();
  }

  @Test
  void everythingIsForgottenWhereItIsJudgedByOthers() {
    Object rules = new Object();
    texts.judgedBy(rules, "a", "b", "c");
    comes("select 1");
    comes("select 1");
    texts.judgedBy(rules, "a", "b", "c");
    assertThat(comes("select 1")).isTrue();

    texts.judgedBy(rules, "a", "b", "d");

    assertThat(comes("select 1")).isFalse();
    assertThat(comes("select 1")).isFalse();
    assertThat(comes("select 1")).isTrue();
  }

  @Test
  void longTextsAreNotKept() {
    String longest = "s".repeat(PlainTexts.MOST_BYTES);
    comes(longest);
    comes(longest);
    assertThat(comes(longest)).isTrue();
    comes(longest + "s");
    comes(longest + "s");
    assertThat(comes(longest + "s")).isFalse();
  }

  @Test
  void noOtherTextIsEverTakenForOne() {
    Random random = new Random(5);
    for (int i = 0; i < 2_000; i++) {
      String known = text(random);
      comes(known);
      comes(known);
      for (int j = 0; j < 20; j++) {
        String other = text(random);
        assertThat(isKnown(other) && !added.contains(other)).isFalse();
      }
    }
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(20); length > 0; length--) {
      text.append((char) ('a' + random.nextInt(2)));
    }
    return text.toString();
  }

  private boolean isKnown(String text) {
    ByteBuf in = Unpooled.copiedBuffer("?" + text + "?", StandardCharsets.UTF_8);
    return texts.has(in, 1, in.readableBytes() - 2);
  }

  /** As a message with the text does; whether it was known before. */
  private boolean comes(String text) {
    ByteBuf in = Unpooled.copiedBuffer("?" + text + "?", StandardCharsets.UTF_8);
    int bytes = in.readableBytes() - 2;
    boolean known = texts.has(in, 1, bytes);
    if (!known && texts.isRepeated()) {
      texts.add(in, 1, bytes);
      added.add(text);
    }
    return known;
  }
}

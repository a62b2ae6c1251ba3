package dev.tenantgate.gateway.scan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which words of a text may be the names of parameters. */
class ParameterNamesTest {

  /** The same as a pattern, which takes a hundred times as long. */
  private static final Pattern NAME =
      Pattern.compile(
          "(?<![\\w$.])[A-Za-z_][\\w$]{0,62}(?:\\.[A-Za-z_][\\w$]{0,62}){1,2}(?![\\w$.(])");

  private static Set<String> names(String text) {
    Set<String> names = new LinkedHashSet<>();
    ByteBuf in = Unpooled.copiedBuffer("..a.b" + text + ".c d.e", ISO_8859_1);
    ParameterNames.addFrom(in, 5, text.length(), names);
    return names;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "set app.tenant = 1|app.tenant",
        "App.Tenant|app.tenant",
        "a.b.c|a.b.c",
        "a.b.c.d|",
        "app.f(1)|",
        "app.f (1)|app.f",
        "1.5|",
        "x.1|",
        "a.|",
        ".a|",
        "a..b|",
        "(a.b)|a.b",
        "é.b a.é|",
        "é_a.b|_a.b",
        "_a$1.b_2$|_a$1.b_2$",
        "a.b$|a.b$",
        "$a.b|"
      })
  void aNameHasTwoOrThreePartsAndIsntCalled(String text, String expected) {
    assertThat(names(text)).isEqualTo(expected == null ? Set.of() : Set.of(expected));
  }

  @Test
  void aPartIsAsLongAsTheServerTakesIt() {
    String longest = "a".repeat(63);
    assertThat(names(longest + "." + longest + "." + longest)).hasSize(1);
    assertThat(names(longest + "a.b")).isEmpty();
  }

  @Test
  void anyTextHasTheNamesThatThePatternFinds() {
    Random random = new Random(7);
    String alphabet = "aB_1$..( ,é'";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(40); text.length() < length; ) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Set<String> expected = new LinkedHashSet<>();
      for (Matcher name = NAME.matcher(text); name.find(); ) {
        expected.add(name.group().toLowerCase(Locale.ROOT));
      }
      assertThat(names(text.toString())).as(text.toString()).isEqualTo(expected);
    }
  }
}

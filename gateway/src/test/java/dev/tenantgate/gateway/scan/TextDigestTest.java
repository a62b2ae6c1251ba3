package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Long texts, cut anywhere. */
class TextDigestTest {

  private static final RoutineNames NAMES = RoutineNames.of(java.util.List.of("go_on"));

  private static ScannedQuery digest(String text, int step) {
    TextDigest digest =
        new TextDigest(
            LexicalRules.DEFAULT, each -> NAMES.mentionedIn(each, 0, each.writerIndex()));
    ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    for (int at = 0; at < bytes.writerIndex(); at += step) {
      digest.add(bytes, at, Math.min(step, bytes.writerIndex() - at));
    }
    return digest.end();
  }

  private static ScannedQuery scan(String text) {
    ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    return SqlScan.scan(bytes, 0, bytes.writerIndex(), LexicalRules.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "SET search_path = tenant_a; SELECT 1",
        "SELECT set_config('search_path', 'x', false)",
        "BEGIN; INSERT INTO t VALUES ('it''s; SET x = 1'); COMMIT",
        "SELECT 'a' -- ; SET search_path = x\n, 2; SET a.b = '1'",
        "SELECT /* ; SET x /* = */ 1 */ 2; RESET ALL",
        "SELECT $a$; SET x = 1 $$ $a$; SELECT $1; DISCARD ALL",
        "SELECT e'\\'; SET x = 1', 'b\\'; LISTEN c",
        "SELECT \"a;set x=1\", a$b$c, 5-3, 6/2; DO $$ begin end $$",
        "CREATE TEMP TABLE t (a int)",
      })
  void readsWhatTheWholeTextSays(String text) {
    for (int step = 1; step <= text.length(); step++) {
      assertThat(digest(text, step).effects())
          .as("%s by %d", text, step)
          .isEqualTo(scan(text).effects());
      assertThat(digest(text, step).statements()).isEqualTo(scan(text).statements());
    }
  }

  @Test
  void longLiteralsAreLeftOut() {
    String data = "; SET search_path = x; begin temp go_on set_config(".repeat(100_000);
    for (String text :
        new String[] {
          "INSERT INTO t VALUES ('" + data + "')",
          "INSERT INTO t VALUES (E'" + data + "\\'', $q$" + data + "$q$)",
          "SELECT 1 /* " + data + " */",
          "INSERT INTO t VALUES " + "(1, 'temp'),".repeat(400_000) + "(2, 'go_on')",
        }) {
      assertThat(digest(text, 8_191)).isEqualTo(ScannedQuery.NOTHING);
    }
  }

  @Test
  void whatStandsBehindMuchElseIsFound() {
    String rows = "INSERT INTO t VALUES " + "(1, 'temp'),".repeat(400_000) + "(2, 'x')";
    for (String effect :
        new String[] {
          "; SET search_path = b", "; SELECT set_config('a', 'b', false)", "; SELECT go_on()"
        }) {
      assertThat(digest(rows + effect, 8_191)).isEqualTo(TextDigest.OPAQUE);
      assertThat(digest(rows + effect + "; " + rows, 8_191)).isEqualTo(TextDigest.OPAQUE);
    }
    assertThat(digest("SELECT '" + "x".repeat(3_000_000) + "', go_on()", 8_191))
        .isEqualTo(TextDigest.OPAQUE);
    assertThat(digest("SELECT '" + "x".repeat(3_000_000) + "'; COMMIT", 8_191).effects())
        .containsExactly(new SessionEffect.Commit(false));
  }
}

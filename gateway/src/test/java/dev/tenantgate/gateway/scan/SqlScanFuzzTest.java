package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tenantgate.gateway.testing.SeededInputs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Any bytes as a query: no exception, and the quick look overlooks nothing. */
class SqlScanFuzzTest {

  private static final ClientEncoding[] ENCODINGS = {
    ClientEncoding.UTF_8, ClientEncoding.of("SJIS"), ClientEncoding.of("LATIN1")
  };

  @Test
  void seeded() {
    SeededInputs.of(
            SqlScanFuzzTest.class,
            "anyText",
            "SET search_path TO ",
            "set_config(",
            "$$",
            "'",
            "/*",
            "*/",
            "--",
            "E'",
            "\\",
            "; ",
            "BEGIN ATOMIC ",
            "U&\"")
        .each(this::anyText);
  }

  /** The first byte decides the session's settings. */
  @FuzzTest(maxDuration = "10s")
  void anyText(byte[] input) {
    if (input.length == 0) {
      return;
    }
    boolean conforming = (input[0] & 1) == 0;
    ClientEncoding encoding = ENCODINGS[(input[0] & 0xff) % ENCODINGS.length];
    ByteBuf text = Unpooled.wrappedBuffer(input);
    int bytes = input.length - 1;
    ScannedQuery found = SqlScan.scan(text, 1, bytes, new LexicalRules(encoding, conforming));
    if (encoding.asciiSafe() && found.isEmpty()) {
      String sql = text.toString(1, bytes, encoding.charset());
      assertThat(EffectReader.read(sql, conforming).steps()).isEmpty();
    }
    assertThat(text.toString(StandardCharsets.ISO_8859_1))
        .isEqualTo(new String(input, StandardCharsets.ISO_8859_1));
  }
}

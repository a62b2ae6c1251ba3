package dev.tenantgate.gateway.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** W3C Trace Context, alone and in sqlcommenter's comments. */
class TraceContextTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";
  private static final String PARENT = "00-" + TRACE + "-" + SPAN + "-01";

  @Test
  void aTraceparentIsRead() {
    assertThat(TraceContext.parse(PARENT, "congo=t61"))
        .isEqualTo(new TraceContext(TRACE, SPAN, "01", "congo=t61"));
    assertThat(TraceContext.parse(PARENT, null)).extracting("state").isEqualTo("");
  }

  @Test
  void aLaterVersionMayBeLonger() {
    String later = "cc" + PARENT.substring(2);
    assertThat(TraceContext.parse(later, null)).isNotNull();
    assertThat(TraceContext.parse(later + "-what-the-future-brings", null))
        .isEqualTo(new TraceContext(TRACE, SPAN, "01", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"
      })
  void whatIsNoTraceparentIsIgnored(String text) {
    assertThat(TraceContext.parse(text, null)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1 /*traceparent='%s'*/",
        "SELECT 1 /*traceparent='%s'*/;",
        "SELECT 1; /*traceparent='%s'*/ \n",
        "SELECT 1 /*action='%%2Fpolls',framework='django%%3A2',traceparent='%s'*/",
        "SELECT 1 /* controller='a\\'b' , traceparent='%s' */",
        "/*traceparent='%s'*/ SELECT 1",
        "SELECT 1 /*traceparent='%s'*/ /*+ a hint */",
        "SELECT 1 /* } */ /*traceparent='%s',app='x'*/"
      })
  void aCommentsContextIsFound(String form) {
    assertThat(contextIn(form.formatted(PARENT))).isEqualTo(TraceContext.parse(PARENT, null));
  }

  @Test
  void valuesAreDecoded() {
    TraceContext found =
        contextIn(
            "SELECT 1 /*traceparent='00%2D"
                + PARENT.substring(3)
                + "',tracestate='congo%3Dt61rcWkgMzE%2Crojo%3D00+1'*/");
    assertThat(Objects.requireNonNull(found).state()).isEqualTo("congo=t61rcWkgMzE,rojo=00+1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*/",
        "/*",
        "/**/",
        "SELECT 1",
        "SELECT '/*traceparent=''%s''*/'",
        "SELECT '/*traceparent=%s*/' ",
        "SELECT 1 /*traceparent='%s'",
        "SELECT 1 /*traceparent=\"%s\"*/",
        "SELECT 1 /*notraceparent='%s'*/",
        "SELECT 1 /*traceparent='00-00000000000000000000000000000000-00f067aa0ba902b7-01'*/",
        "SELECT /*traceparent='%s'*/ 1"
      })
  void otherTextsHaveNone(String form) {
    assertThat(contextIn(form.contains("%") ? form.formatted(PARENT) : form)).isNull();
  }

  @Test
  void aCommentWithoutAnEndInSightIsLeftAlone() {
    assertThat(contextIn("/*" + "x".repeat(10_000) + "*/")).isNull();
    assertThat(contextIn("/*traceparent='" + PARENT + "'" + " ".repeat(10_000) + "*/")).isNull();
  }

  private static @Nullable TraceContext contextIn(String text) {
    ByteBuf in = Unpooled.copiedBuffer("[" + text + "]", StandardCharsets.UTF_8);
    return SqlComment.contextIn(in, 1, in.readableBytes() - 2);
  }
}

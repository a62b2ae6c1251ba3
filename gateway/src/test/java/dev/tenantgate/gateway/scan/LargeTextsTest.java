package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.scan.SessionEffect.Listen;
import dev.tenantgate.gateway.scan.SessionEffect.SetParameter;
import dev.tenantgate.gateway.scan.SessionEffect.Unlisten;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Texts that are there to fill the memory keep little. */
class LargeTextsTest {

  private static ScannedQuery scan(String sql) {
    return EffectReader.read(sql, true);
  }

  @Test
  void veryManyStatementsAreOneThatCannotBeSeenThrough() {
    ScannedQuery query = scan("begin;".repeat(200_000));
    assertThat(query.statements()).isEqualTo(200_000);
    assertThat(query.steps()).hasSizeLessThan(EffectReader.MOST_STEPS + 20);
    assertThat(query.effects().get(query.effects().size() - 1))
        .isEqualTo(SessionEffect.of(EffectKind.OPAQUE_BODY));
  }

  @Test
  void whatCannotBePooledIsFoundBehindThemAndItsEndIsNot() {
    ScannedQuery query = scan("begin;".repeat(25_000) + "listen a; unlisten a; listen b");
    List<SessionEffect> effects = query.effects();
    assertThat(effects).contains(new Listen("a")).doesNotContain(new Unlisten("a"));
  }

  @Test
  void aLongValueIsNotKept() {
    String value = "x".repeat(1_000_000);
    assertThat(scan("set app.x = '" + value + "'").effects())
        .containsExactly(new SetParameter("app.x", Operand.Opaque.INSTANCE, false));
    assertThat(scan("set app.x = 'y'").effects())
        .containsExactly(new SetParameter("app.x", new Operand.Literal("y"), false));
  }
}

package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecentScansTest {

  private final RecentScans recent = new RecentScans();

  @Test
  void aTextIsFoundWhereverItStands() {
    ScannedQuery query = remember("SET LOCAL search_path = acme");

    ByteBuf within = text("xyzSET LOCAL search_path = acme;");
    assertThat(recent.find(within, 3, 28)).isSameAs(query);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET LOCAL search_path = acmf",
        "SET LOCAL search_path = acm",
        "SET LOCAL search_path = acme ",
        "set LOCAL search_path = acme",
        ""
      })
  void anotherTextIsAnotherText(String other) {
    remember("SET LOCAL search_path = acme");

    assertThat(find(other)).isNull();
  }

  @Test
  void whatIsTooLongIsntRemembered() {
    remember("SET search_path = " + "a".repeat(RecentScans.MOST_BYTES));

    assertThat(find("SET search_path = " + "a".repeat(RecentScans.MOST_BYTES))).isNull();
  }

  @Test
  void moreTextsThanThereArePlacesForNeverMeanAnotherTenant() {
    int tenants = 4 * RecentScans.SLOTS;
    for (int tenant = 0; tenant < tenants; tenant++) {
      remember("SET LOCAL search_path = tenant_" + tenant);
    }

    int found = 0;
    for (int tenant = 0; tenant < tenants; tenant++) {
      ScannedQuery query = find("SET LOCAL search_path = tenant_" + tenant);
      if (query != null) {
        assertThat(query)
            .isEqualTo(EffectReader.read("SET LOCAL search_path = tenant_" + tenant, true));
        found++;
      }
    }
    assertThat(found).isBetween(RecentScans.SLOTS / 2, RecentScans.SLOTS);
  }

  @Test
  void aTextIsReadByItsOwnRulesWhateverIsRemembered() {
    ByteBuf text = text("SET search_path = 'a\\'', b --'");
    LexicalRules escaping = new LexicalRules(ClientEncoding.UTF_8, false);

    ScannedQuery first = SqlScan.scan(text, 0, text.readableBytes(), LexicalRules.DEFAULT);
    ScannedQuery second = SqlScan.scan(text, 0, text.readableBytes(), escaping);

    assertThat(first).isNotEqualTo(second);
    assertThat(SqlScan.scan(text, 0, text.readableBytes(), LexicalRules.DEFAULT)).isEqualTo(first);
    assertThat(SqlScan.scan(text, 0, text.readableBytes(), escaping)).isEqualTo(second);
  }

  private ScannedQuery remember(String sql) {
    ScannedQuery query = EffectReader.read(sql, true);
    ByteBuf text = text(sql);
    recent.remember(text, 0, text.readableBytes(), query);
    return query;
  }

  private @Nullable ScannedQuery find(String sql) {
    ByteBuf text = text(sql);
    return recent.find(text, 0, text.readableBytes());
  }

  private static ByteBuf text(String sql) {
    return Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
  }
}

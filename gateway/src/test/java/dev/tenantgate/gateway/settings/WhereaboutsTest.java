package dev.tenantgate.gateway.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SqlScan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WhereaboutsTest {

  private static final SessionSettings STARTUP = SessionSettings.of(Map.of("search_path", "begin"));

  private static final Whereabouts START = Whereabouts.of(STARTUP);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "set search_path = tenant_a                      | \"tenant_a\"        | -     | -",
        "set local search_path = tenant_a                | \"tenant_a\"        | -     | -",
        "select set_config('search_path', 'tenant_b', false) | tenant_b        | -     | -",
        "set role bob                                    | begin               | bob   | -",
        "set role none                                   | begin               | none  | -",
        "set session authorization carol                 | begin               | -     | carol",
        "set role bob; set session authorization carol   | begin               | -     | carol",
        "set session authorization carol; set role bob   | begin               | bob   | carol",
        "set session authorization carol; set role none  | begin               | none  | carol",
        "set search_path = x; reset search_path          | begin               | -     | -",
        "set search_path = x; set role bob; reset all    | begin               | bob   | -",
        "set search_path = x; set session authorization carol; discard all | begin | -  | -",
        "set role bob; reset role                        | begin               | -     | -",
        "set role bob; reset session authorization       | begin               | -     | -",
      })
  void statementsLeadOn(
      String sql, String path, @Nullable String role, @Nullable String authorization) {
    assertThat(behind(START, sql)).isEqualTo(new Whereabouts(path, role, authorization));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {"-,-,-", "bob,-,bob", "-,carol,carol", "bob,carol,bob", "none,carol,carol"})
  void userIsTheRoleOrElseWhoeverWasSet(
      @Nullable String role, @Nullable String authorization, @Nullable String user) {
    assertThat(new Whereabouts(null, role, authorization).user()).isEqualTo(user);
  }

  @Test
  void withoutARoleItIsTheOneLoggedIn() {
    assertThat(new Whereabouts(null, "none", null).user()).isEqualTo("none");
  }

  @ParameterizedTest
  @ValueSource(strings = {"begin", "commit", "set work_mem = '4MB'", "reset work_mem", "listen c"})
  void otherStatementsLeadNowhere(String sql) {
    for (SessionEffect effect : effectsOf(sql)) {
      assertThat(START.behind(effect, STARTUP)).isNull();
    }
  }

  @Test
  void theyAreReadFromSettings() {
    SessionSettings settings =
        SessionSettings.of(Map.of("search_path", "a", "role", "bob", "work_mem", "4MB"));

    assertThat(Whereabouts.of(settings)).isEqualTo(new Whereabouts("a", "bob", null));
  }

  private static Whereabouts behind(Whereabouts at, String sql) {
    Whereabouts now = at;
    for (SessionEffect effect : effectsOf(sql)) {
      Whereabouts next = now.behind(effect, STARTUP);
      now = next == null ? now : next;
    }
    return now;
  }

  private static Iterable<SessionEffect> effectsOf(String sql) {
    ByteBuf text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
    return SqlScan.scan(text, 0, text.readableBytes(), LexicalRules.DEFAULT).effects();
  }
}

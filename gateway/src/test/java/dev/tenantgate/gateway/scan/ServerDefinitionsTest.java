package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerDefinitionsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select pg_reload_conf()",
        "SELECT pg_catalog.PG_RELOAD_CONF()",
        "select some_thing, pg_reload_conf();",
        "alter system set work_mem = '8MB'",
        "create role alice",
        "drop role alice"
      })
  void reloadsAndDefinitionsMayConcern(String text) {
    assertThat(mayConcern(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sel",
        "select",
        "select 1",
        "select a_b, c_ from d_reload_conf",
        "select pg_reload_con",
        "select _",
        "insert into t values (1)"
      })
  void plainStatementsDoNot(String text) {
    assertThat(mayConcern(text)).isFalse();
  }

  private static boolean mayConcern(String text) {
    ByteBuf buffer = Unpooled.copiedBuffer("pg" + text + "f", StandardCharsets.UTF_8);
    return ServerDefinitions.mayConcern(buffer, 2, buffer.readableBytes() - 3);
  }
}

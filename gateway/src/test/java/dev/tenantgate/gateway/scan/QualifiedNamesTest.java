package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QualifiedNamesTest {

  private static final String LONG = "tenant_" + "a".repeat(70);

  private static final QualifiedNames NAMES =
      new QualifiedNames("tenant_", "", "app", QualifiedNamesTest::schema);

  /** Of tenants whose schemas are called as they are. */
  private static final QualifiedNames BARE = new QualifiedNames("", "", "app", Optional::of);

  private static final LexicalRules BACKSLASHES = new LexicalRules(ClientEncoding.UTF_8, false);

  private static Optional<String> schema(String name) {
    String stored = name.length() > 63 ? name.substring(0, 63) : name;
    return stored.startsWith("tenant_") && stored.length() > 7
        ? Optional.of(stored)
        : Optional.empty();
  }

  private static List<String> find(QualifiedNames names, String sql, LexicalRules rules) {
    ByteBuf text = Unpooled.copiedBuffer("§" + sql, StandardCharsets.UTF_8);
    return names.find(text, 2, text.readableBytes() - 2, rules);
  }

  private static List<String> find(String sql) {
    return find(NAMES, sql, LexicalRules.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select * from tenant_a.orders",
        "SELECT * FROM TENANT_A.orders",
        "select * from \"tenant_a\".\"orders\"",
        "select * from tenant_a . orders",
        "select * from tenant_a/* here */.orders",
        "select * from tenant_a -- here\n.orders",
        "select * from U&\"tenant\\005fa\".orders",
        "select * from U&\"tenant!005fa\" UESCAPE '!' .orders",
        "select * from U&\"tenant!005fa\" UESCAPE '!'.orders",
        "select * from app.tenant_a.orders",
        "select app.tenant_a.orders.id from x",
        "select tenant_a.f(1)",
        "select tenant_a.orders.id from x",
        "select tenant_a.orders.* from x",
        "select 'x'::tenant_a.status",
        "select cast('x' as tenant_a.status)",
        "select 1 operator(tenant_a.+) 2",
        "select 'x' collate tenant_a.german",
        "select * from x, tenant_a.orders",
        "select * from (tenant_a.orders cross join x)",
        "select * from x join tenant_a.orders on true",
        "select * from only tenant_a.orders",
        "select * from tenant_a.orders tenant_a",
        "select tenant_a.id from x, tenant_a.orders tenant_a",
        "select (select count(*) from tenant_a.orders) from x tenant_a",
        "with tenant_a as (select * from tenant_a.orders) select tenant_a.id from tenant_a",
        "delete from x using tenant_a.orders tenant_a",
        "insert into tenant_a.orders values (1)",
        "insert into tenant_a.orders (tenant_a) values (1)",
        "update tenant_a.orders set x = 1",
        "merge into x using tenant_a.orders on true when matched then do nothing",
        "table tenant_a.orders",
        "copy tenant_a.orders from stdin",
        "copy (select 1 from tenant_a.orders) to stdout",
        "create table tenant_a.orders(id int)",
        "create index tenant_a on tenant_a.orders(id)",
        "create view v as select * from tenant_a.orders",
        "alter table tenant_a.orders add x int",
        "drop table if exists tenant_a.orders",
        "truncate tenant_a.orders",
        "lock table tenant_a.orders",
        "grant select on x, tenant_a.orders to tenant_a",
        "comment on column tenant_a.orders.id is 'x'",
        "create table x (a tenant_a.status)",
        "create table x (like tenant_a.orders)",
        "call tenant_a.f()",
        "analyze tenant_a.orders",
        "prepare p as select * from tenant_a.orders",
        "declare c cursor for select * from tenant_a.orders",
        "explain analyze select * from tenant_a.orders",
        "select '\\'; select * from tenant_a.orders",
        "set x = 1; select * from tenant_a.orders",
      })
  void aNameWithATenantsSchemaIsFound(String sql) {
    assertThat(find(sql)).containsExactly("tenant_a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select * from orders",
        "select o.id from orders o",
        "select 'tenant_a.orders'",
        "select 'tenant_a.orders'::regclass",
        "select $$ tenant_a.orders $$",
        "select $t$ select * from tenant_a.orders $t$",
        "select E'\\'tenant_a.orders'",
        "select 1 -- from tenant_a.orders",
        "select 1 /* from tenant_a.orders /* x */ tenant_a.orders */",
        "do $$ begin perform 1 from tenant_a.orders; end $$",
        "select \"x tenant_a.orders\" from x",
        "select * from \"TENANT_A\".orders",
        "select * from mytenant_a.orders",
        "select * from x.tenant_a",
        "select other.tenant_a.id from x",
        "select 1.5, tenant_a",
        "select tenant_a.id, tenant_a.name from orders tenant_a where tenant_a.id = 1",
        "select tenant_a.* from orders as tenant_a",
        "select tenant_a.id from public.tenant_a",
        "with tenant_a as (select 1 as id) select tenant_a.id from tenant_a order by tenant_a.id",
        "update orders tenant_a set x = tenant_a.y where tenant_a.id = 1",
        "select * from orders tenant_a join items i on tenant_a.id = i.id",
        "select extract(year from tenant_a.at) from orders tenant_a",
        "select tenant_a.x is distinct from tenant_a.y from orders tenant_a",
        "select f(x, tenant_a.y) from orders tenant_a",
        "set tenant_a.color = 'red'",
        "show tenant_a.color",
        "reset tenant_a.color",
        "select (x).tenant_a.y from x",
      })
  void whatIsNoSchemaIsNotFound(String sql) {
    assertThat(find(sql)).isEmpty();
  }

  @Test
  void allOfSeveralStatementsAreFoundOnce() {
    assertThat(
            find(
                "select * from tenant_a.x join tenant_b.y on true; insert into tenant_c.z"
                    + " select * from tenant_a.x"))
        .containsExactly("tenant_a", "tenant_b", "tenant_c");
  }

  @Test
  void aNameBelongsToItsStatementAlone() {
    assertThat(find("select 1 from x tenant_a; select tenant_a.y from x"))
        .containsExactly("tenant_a");
  }

  @Test
  void aLongNameIsTheOneThatTheServerMakesOfIt() {
    assertThat(find("select * from " + LONG + ".orders")).containsExactly(LONG.substring(0, 63));
    assertThat(find("select * from \"" + LONG + "\".orders"))
        .containsExactly(LONG.substring(0, 63));
  }

  @Test
  void theSessionsLexicalRulesTellWhereAStringEnds() {
    String sql = "select '\\' from tenant_a.x; --' from tenant_b.y";
    assertThat(find(sql)).containsExactly("tenant_a");
    assertThat(find(NAMES, "select '\\' from tenant_a.x; --', 1 from tenant_b.y", BACKSLASHES))
        .containsExactly("tenant_b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "select * from acme.orders| acme",
        "select o.id, o.name from orders o where o.id = 1| ",
        "select orders.id from orders order by orders.id| ",
        "insert into t values (1) on conflict (a) do update set b = excluded.b, c = t.c| ",
        "comment on column orders.id is ''| ",
        "alter sequence s owned by orders.id| ",
        "set app.tenant = 'x'| ",
        "select 1.5| ",
        "select a.b from acme.orders a join globex.orders g on a.id = g.id| acme globex",
      })
  void schemasMayBeCalledAsTheirTenants(String sql, String schemas) {
    assertThat(find(BARE, sql, LexicalRules.DEFAULT))
        .containsExactly(schemas == null ? new String[0] : schemas.split(" "));
  }

  @Test
  void aTextOfAnotherEncodingIsReadByIt() {
    ByteBuf text =
        Unpooled.copiedBuffer(
            "select '表' from tenant_a.x", java.nio.charset.Charset.forName("SJIS"));
    assertThat(
            NAMES.find(
                text, 0, text.readableBytes(), new LexicalRules(ClientEncoding.of("SJIS"), true)))
        .containsExactly("tenant_a");
  }

  @Test
  void nothingIsLookedAtWithoutASetting() {
    ByteBuf text = Unpooled.copiedBuffer("select * from tenant_a.x", StandardCharsets.UTF_8);
    assertThat(QualifiedNames.NONE.find(text, 0, text.readableBytes(), LexicalRules.DEFAULT))
        .isEmpty();
  }
}

package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.PoolSettings.ReadBack;
import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.testing.TestPools;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/**
 * Texts that come again and again: a {@link TextLook} remembers those that do nothing, and looks at
 * all others each time.
 */
class RepeatedTextsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};

  private static void isRepeated(ScriptedClient client, String sql, String... answers) {
    for (int i = 0; i < 3; i++) {
      client.runs("Q " + sql, answers);
    }
  }

  // ---- what is looked at each time

  @WireTest(Mode.TRANSACTION)
  void textThatMayEndAPinDoesSoAlthoughItDidNothingBefore(Wire wire) {
    String unlock = "select pg_advisory_unlock_all()";
    ScriptedClient acme = wire.client("acme");
    isRepeated(acme, unlock, SELECTED);
    acme.sends("Q select pg_advisory_lock(1)");
    ScriptedServer server = acme.server().hasSeen(1).holds("ADVISORY_LOCK").says(SELECTED);
    acme.gets(SELECTED);
    ScriptedClient globex = wire.client("globex").sends("Q select 2").getsNothing();
    acme.sends("Q " + unlock).server().sees("Q " + unlock).holds().says(SELECTED);
    acme.gets(SELECTED);
    server.sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void textThatMayEndAPinDoesSoHoweverOftenItDidNot(Wire wire) {
    String unlock = "select pg_advisory_unlock(1)";
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select pg_advisory_lock(1)");
    ScriptedServer server = acme.server().hasSeen(1).holds("ADVISORY_LOCK").says(SELECTED);
    acme.gets(SELECTED);
    isRepeated(acme, unlock, SELECTED);
    ScriptedClient globex = wire.client("globex").sends("Q select 2").getsNothing();
    acme.sends("Q " + unlock).server().sees("Q " + unlock).holds().says(SELECTED);
    acme.gets(SELECTED);
    server.sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void preparedTextThatMayEndAPinDoesSo(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P u select pg_advisory_unlock_all()", "S").server().hasSeen(3);
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.sends("Q select pg_advisory_lock(1)");
    ScriptedServer server = acme.server().hasSeen(1).holds("ADVISORY_LOCK").says(SELECTED);
    acme.gets(SELECTED);
    ScriptedClient globex = wire.client("globex").sends("Q select 2").getsNothing();
    acme.sends("B u", "E", "S").server().sees("B u", "E", "S").holds().says(RUN);
    acme.gets(RUN);
    server.sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void textThatAdvancesASequenceDoesSoForEachClient(Wire wire) {
    String next = "select nextval('s')";
    ScriptedClient acme = wire.client("acme");
    isRepeated(acme, next, SELECTED);
    ScriptedClient globex = wire.client("globex");
    globex.sends("Q " + next).server().sees("Q DISCARD SEQUENCES", "Q " + next);
    globex.server().says("C DISCARD SEQUENCES", "Z I").says(SELECTED);
    globex.gets(SELECTED);
  }

  // ---- by what is known of the database now

  /** It has set what no statement shows, which is found out if anything is asked for. */
  private static boolean isCarried(Wire wire, ScriptedClient client, String messages) {
    client.sends(messages.split(" & "));
    ScriptedServer server = client.server().hasSeen(messages.split(" & ").length);
    server.has("jit_cost", "8").says(messages.startsWith("Q") ? SELECTED : RUN);
    client.gets(messages.startsWith("Q") ? SELECTED : RUN);
    wire.client("globex").runs("Q select 1", SELECTED);
    boolean left = "8".equals(wire.server().setting("jit_cost"));
    client.runs("Q select 1", SELECTED);
    return !left && "8".equals(wire.server().setting("jit_cost"));
  }

  @WireTest(Mode.TRANSACTION)
  void textIsJudgedAnewOnceItsFunctionIsAnother(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String defines = "create or replace function go() returns int as 'x'";
    isRepeated(acme, "select go()", SELECTED);
    isRepeated(acme, defines, "C CREATE FUNCTION", "Z I");
    wire.unproven("go");
    acme.runs("Q " + defines, "C CREATE FUNCTION", "Z I");
    wire.passes(Duration.ofSeconds(5));
    assertThat(isCarried(wire, acme, "Q select go()")).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void preparedTextIsJudgedAnewOnceItsFunctionIsAnother(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select go()", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.runs("B s & E & S", RUN);
    wire.unproven("go");
    acme.runs("Q create or replace function go() returns int as 'x'", "C CREATE FUNCTION", "Z I");
    wire.passes(Duration.ofSeconds(5));
    acme.sends("B s", "E", "S").server().hasSeen(4).says("3", "1", "t", "T").hasSeen(3).says(RUN);
    acme.gets(RUN);
    assertThat(isCarried(wire, acme, "B s & E & S")).isTrue();
  }

  private static final String DEFINES = "create or replace function go() returns int as 'x'";

  @WireTest(Mode.TRANSACTION)
  void functionThatIsDefinedIsLookedAtAtOnce(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select go()", SELECTED);
    wire.unproven("go");
    acme.runs("Q " + DEFINES, "C CREATE FUNCTION", "Z I");
    assertThat(isCarried(wire, acme, "Q select go()")).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void functionThatLeavesStateByNowHasItAskedFor(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select go()", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    wire.routine("go", RoutinesSql.Kind.STATE);
    acme.runs("Q " + DEFINES, "C CREATE FUNCTION", "Z I");
    wire.passes(Duration.ofSeconds(5));
    acme.sends("B s", "E", "S");
    ScriptedServer server = acme.server().hasSeen(4).says("3", "1", "t", "T").hasSeen(3);
    server.holds("ADVISORY_LOCK").says(RUN);
    acme.gets(RUN);
    wire.client("globex").sends("Q select 2").getsNothing();
    server.seesNothing();
  }

  @WireTest(Mode.TRANSACTION)
  void parameterIsFoundInAPreparedTextOfAFunctionThatIsAnother(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select go('app.limit')", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    wire.unproven("go");
    acme.runs("Q " + DEFINES, "C CREATE FUNCTION", "Z I");
    wire.passes(Duration.ofSeconds(5));
    acme.sends("B s", "E", "S").server().hasSeen(4).says("3", "1", "t", "T").hasSeen(3);
    acme.server().has("app.limit", "8").says(RUN);
    acme.gets(RUN);
    assertThat(hasLimit(wire, acme)).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void functionOfAClientsOwnThatSetsIsKnownWhereNothingIsReadBack(Wire wire) {
    wire.pool(TestPools.readingBack(Mode.TRANSACTION, ReadBack.NEVER));
    ScriptedClient acme = wire.client("acme");
    String body = "select set_config('jit_cost', '8', false)";
    String defines = "Q create function f() returns text language sql as $$" + body + "$$";
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs(defines, "C CREATE FUNCTION", "Z T");
    acme.sends("Q select f()").server().hasSeen(1).has("jit_cost", "8");
    acme.server().says("T", "D 1", "C SELECT 1", "Z T");
    acme.gets("T", "D 1", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("jit_cost")).isNotEqualTo("8");
    acme.runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("jit_cost")).isEqualTo("8");
  }

  // ---- names that only a text has

  private static ScriptedClient refused(Wire wire) {
    return wire.pool(Duration.ofSeconds(7), 100, Unpoolable.REFUSE).client("acme");
  }

  /** Whether what it has set is its own on the backend that others get as well. */
  private static boolean hasLimit(Wire wire, ScriptedClient client) {
    wire.client("globex").runs("Q select 1", SELECTED);
    boolean left = "8".equals(wire.server().setting("app.limit"));
    client.runs("Q select 1", SELECTED);
    return !left && "8".equals(wire.server().setting("app.limit"));
  }

  @WireTest(Mode.TRANSACTION)
  void parametersAreFoundThatATextNamesSomewhere(Wire wire) {
    ScriptedClient acme = refused(wire);
    String sql = "Q select set_config(n, '8', false) from (values ('app.limit')) v(n)";
    acme.sends(sql).server().sees(sql).has("app.limit", "8").says(SELECTED);
    acme.gets(SELECTED);
    assertThat(hasLimit(wire, acme)).isTrue();
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void parametersAreFoundThatALongTextNamesSomewhere(Wire wire) {
    ScriptedClient acme = refused(wire);
    String sql =
        "Q select set_config(n, '8', false) from (values ('app.limit')) v(n) /*%s*/"
            .formatted("x".repeat(40_000));
    acme.sends(sql).server().sees(sql).has("app.limit", "8").says(SELECTED);
    acme.gets(SELECTED);
    assertThat(hasLimit(wire, acme)).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void parametersAreFoundThatABindNamesSomewhere(Wire wire) {
    ScriptedClient acme = refused(wire);
    String parse = "P - select set_config(n, '8', false) from unnest($1::text[]) n";
    acme.sends(parse, "B - {app.limit}", "E", "S");
    acme.server().sees(parse, "B - {app.limit}", "E", "S").has("app.limit", "8");
    acme.server().says("1", "2", "D 8", "C SELECT 1", "Z I");
    acme.gets("1", "2", "D 8", "C SELECT 1", "Z I");
    assertThat(hasLimit(wire, acme)).isTrue();
  }
}

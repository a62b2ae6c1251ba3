package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.PoolSettings.ReadBack;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.testing.TestPools;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Map;

/** A {@link Readback}: what a backend is asked behind a transaction, and what its answer means. */
class ReadbackTest {

  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};
  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static void prepared(ScriptedClient client, String name) {
    client.sends("P " + name + " select 1", "S");
    client.server().sees("P " + name + " select 1", "D S " + name, "S");
    client.server().says("1", "t", "T", "Z I");
    client.gets("1", "Z I");
  }

  /** A client has again whatever it has set, and others haven't. */
  private static void follows(Wire wire, ScriptedClient acme, String name, String value) {
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(wire.server().setting(name)).isNotEqualTo(value);
    acme.runs("Q select 1", SELECTED);
    assertThat(wire.server().setting(name)).isEqualTo(value);
  }

  @WireTest(Mode.TRANSACTION)
  void parameterThatTheServerReportsBehindTheQuestionIsAskedForAsWell(Wire wire) {
    wire.serverDefault("TimeZone", "UTC");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    acme.sends("Q set work_mem to '8MB'");
    ScriptedServer server = acme.server().sees("Q set work_mem to '8MB'").has("work_mem", "8MB");
    server.has("timezone", "Asia/Tokyo").says("C SET", "S TimeZone=Asia/Tokyo", "Z I");
    acme.gets("C SET", "S TimeZone=Asia/Tokyo", "Z I");
    follows(wire, acme, "timezone", "Asia/Tokyo");
    assertThat(server.setting("work_mem")).isEqualTo("8MB");
  }

  @WireTest(Mode.TRANSACTION)
  void questionThatWasCancelledWithTheQueryIsAskedAgain(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set work_mem to '8MB'");
    ScriptedServer server = acme.server().sees("Q set work_mem to '8MB'").has("work_mem", "8MB");
    server.answersNext("E 57014").says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    follows(wire, acme, "work_mem", "8MB");
  }

  @WireTest(Mode.TRANSACTION)
  void questionThatFailsTwicePinsTheSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set work_mem to '8MB'");
    ScriptedServer server = acme.server().sees("Q set work_mem to '8MB'").has("work_mem", "8MB");
    server.answersNext("E 57014").answersNext("E 57014").says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    wire.client("globex").sends("Q select 1").getsNothing();
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void questionThatStandsBehindMoreThanItsTransactionIsAskedAgain(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set work_mem to '8MB'");
    ScriptedServer server = acme.server().sees("Q set work_mem to '8MB'").has("work_mem", "8MB");
    acme.sends("Q set jit_cost to 7");
    server.says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    server.sees("Q set jit_cost to 7").has("jit_cost", "7").says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    follows(wire, acme, "jit_cost", "7");
    assertThat(server.setting("work_mem")).isEqualTo("8MB");
  }

  @WireTest(Mode.TRANSACTION)
  void statementsThatAFunctionHasDroppedUnseenAreGone(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s");
    acme.sends("Q select go()").server().sees("Q select go()").keepsStatements(0).says(SELECTED);
    acme.gets(SELECTED);
    acme.sends("B s", "E", "S").server().seesAsSent("B s", "E", "S").says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void statementsOfWhichAFunctionHasDroppedSomeArePreparedAnew(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s");
    acme.sends("P t select 2", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.sends("Q select go()").server().sees("Q select go()").keepsStatements(1).says(SELECTED);
    acme.gets(SELECTED);
    acme.sends("B s", "E", "S");
    ScriptedServer server = acme.server();
    server.sees("P again select 1", "D S again", "H").says("1", "t", "T");
    server.sees("B again", "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void statementsThatAFunctionHasLeftAreThere(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s");
    acme.runs("Q select go()", SELECTED);
    acme.runs("B s & E & S", RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void parameterThatNobodyCanAskForIsResetForOthers(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select go()");
    ScriptedServer server = acme.server().sees("Q select go()").has("app.hidden", "secret");
    server.says(SELECTED);
    acme.gets(SELECTED);
    acme.runs("Q select 1", SELECTED);
    assertThat(server.setting("app.hidden")).isEqualTo("secret");
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(server.setting("app.hidden")).isEqualTo("null");
  }

  /** The first message waits for all that is owed, which is a question of the gateway's alone. */
  @WireTest(Mode.TRANSACTION)
  void messageThatWaitsForTheResetOfOthersParametersGoesOn(Wire wire) {
    wire.unproven("go");
    ScriptedClient next = wire.connecting(Map.of()).isIn();
    prepared(next, "s");
    ScriptedClient other = wire.connecting(Map.of()).isIn();
    other.runs("Q select go()", SELECTED);
    next.sends("Q deallocate s");
    ScriptedServer server =
        next.server().sees("P tenantgate_gone ", "Q DEALLOCATE tenantgate_gone");
    server.says("1", "C DEALLOCATE", "Z I");
    next.gets("C DEALLOCATE", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void parametersOfRoutinesAreAskedForWhereNothingElseIs(Wire wire) {
    wire.routine("jit_cost", RoutinesSql.Kind.SET);
    wire.pool(TestPools.readingBack(Mode.TRANSACTION, ReadBack.NEVER));
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    acme.sends("Q select harmless()").server().sees("Q select harmless()").has("jit_cost", "8");
    acme.server().has("cpu_cost", "9").says(SELECTED);
    acme.gets(SELECTED);
    follows(wire, acme, "jit_cost", "8");
    assertThat(wire.server().setting("cpu_cost")).isEqualTo("9");
  }

  @WireTest(Mode.TRANSACTION)
  void everyTransactionIsReadBackWhereThePoolSaysSo(Wire wire) {
    wire.pool(TestPools.readingBack(Mode.TRANSACTION, ReadBack.ALWAYS));
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    acme.sends("Q select harmless()").server().sees("Q select harmless()").has("jit_cost", "8");
    acme.server().says(SELECTED);
    acme.gets(SELECTED);
    follows(wire, acme, "jit_cost", "8");
  }
}

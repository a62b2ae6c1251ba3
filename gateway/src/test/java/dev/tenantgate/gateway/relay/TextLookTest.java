package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.scan.UnprovenNames;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/** {@link TextLook}: a text does what it shows, and what is known of the routines that it names. */
class TextLookTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** Runs it, after which the backend has a value that only a question can show. */
  private static void setsUnseen(ScriptedClient client, String sql) {
    client.sends("Q " + sql);
    client.server().sees("Q " + sql).has("jit_cost", "8").says(SELECTED);
    client.gets(SELECTED);
  }

  private static boolean follows(Wire wire, ScriptedClient acme) {
    wire.client("globex").runs("Q select 1", SELECTED);
    boolean left = "8".equals(wire.server().setting("jit_cost"));
    acme.runs("Q select 1", SELECTED);
    return !left && wire.server().setting("jit_cost").equals("8");
  }

  @WireTest(Mode.TRANSACTION)
  void textThatNamesNothingUnprovenIsNotAskedAbout(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    for (int i = 0; i < 4; i++) {
      acme.sends("Q select 1");
      wire.server().sees("Q select 1").isSilent(true);
      wire.server().says(SELECTED);
      acme.gets(SELECTED); // no question delays it
      wire.server().isSilent(false);
    }
    setsUnseen(acme, "select harmless()");
    assertThat(follows(wire, acme)).isFalse();
  }

  @WireTest(Mode.TRANSACTION)
  void textThatNamesSomethingUnprovenIsEachTime(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select go()", SELECTED);
    acme.runs("Q select go()", SELECTED);
    setsUnseen(acme, "select go()");
    assertThat(follows(wire, acme)).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void preparedTextThatNamesSomethingUnprovenIsWhenItIsRun(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select go()", "S").server().sees("P s select go()", "D S s", "S");
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.sends("B s", "E", "S").server().sees("B s", "E", "S").has("jit_cost", "8");
    acme.server().says("2", "D 1", "C SELECT 1", "Z I");
    acme.gets("2", "D 1", "C SELECT 1", "Z I");
    assertThat(follows(wire, acme)).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void routineThatLeavesStateHasItAskedFor(Wire wire) {
    wire.routine("lock_all", RoutinesSql.Kind.STATE);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    acme.sends("Q select lock_all()");
    wire.server().sees("Q select lock_all()").holds("ADVISORY_LOCK").says(SELECTED);
    acme.gets(SELECTED);
    ScriptedClient globex = wire.client("globex").sends("Q select 1").getsNothing();
    acme.sends("Q select pg_advisory_unlock_all()");
    ScriptedServer server = wire.server().sees("Q select pg_advisory_unlock_all()").holds();
    server.says(SELECTED);
    acme.gets(SELECTED);
    server.sees("Q select 1").says(SELECTED); // asked at once: the text has the word of an end
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void bodyWithAWordThatNobodyCanAskAboutPinsForGood(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String sql = "do 'begin perform setseed(0); end'";
    acme.runs("Q " + sql, "C DO", "Z I");
    wire.client("globex").sends("Q select 1").getsNothing();
    wire.server().seesNothing();
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void textThatOtherRulesMayReadOtherwiseHidesAnything(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q begin; set standard_conforming_strings to off; select 'a\\'; select 1");
    ScriptedServer server = acme.server().hasSeen(1).has("standard_conforming_strings", "off");
    server.says("C BEGIN", "S standard_conforming_strings=off", "C SET", "T", "D x", "C SELECT 1");
    server.says("Z T");
    assertThat(acme.takesAll()).endsWith("Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void everyTextIsAskedAboutWhereSomethingRunsWithoutAName(Wire wire) {
    wire.unproven(UnprovenNames.EVERYTHING);
    ScriptedClient acme = wire.client("acme");
    setsUnseen(acme, "select harmless()");
    assertThat(follows(wire, acme)).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void definitionMayRunSomethingThatNeedsNoName(Wire wire) {
    wire.unproven(UnprovenNames.EVERYTHING);
    ScriptedClient acme = wire.client("acme");
    setsUnseen(acme, "create table near(v int)");
    assertThat(follows(wire, acme)).isTrue();
  }
}

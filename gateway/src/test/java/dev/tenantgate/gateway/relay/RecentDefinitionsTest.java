package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/**
 * {@link RecentDefinitions}: between a definition and the next look at the database's routines any
 * statement may lead elsewhere.
 */
class RecentDefinitionsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String[] IN_BLOCK = {"T", "D 1", "C SELECT 1", "Z T"};
  private static final String LEADING =
      "create function f() returns int language plpgsql as "
          + "'begin perform set_config(''search_path'', ''tenant_globex'', false); return 1; end'";
  private static final String HARMLESS =
      "create function f() returns int language plpgsql as 'begin return 1; end'";

  private static ScriptedClient acme(Wire wire) {
    wire.poolOf(2).settings().policy(Policy.REJECT);
    wire.lags("globex");
    return wire.client("acme");
  }

  private static ScriptedClient defines(ScriptedClient client, String sql) {
    return client.runs("Q " + sql, "C CREATE FUNCTION", "Z I");
  }

  /** Messages that are answered: whether the client gets the first answers before the last. */
  private static boolean isWithheld(ScriptedClient client, String messages, String... answers) {
    String[] sent = messages.split(" & ", -1);
    client.sends(sent);
    ScriptedServer server = client.server().sees(sent);
    int last = answers.length - 1;
    for (int i = 0; i < last; i++) {
      server.says(answers[i]);
    }
    boolean withheld = client.takesAll().isEmpty();
    server.says(answers[last]);
    if (withheld) {
      client.gets(answers);
    } else {
      client.gets(answers[last]);
    }
    return withheld;
  }

  private static boolean isWithheld(ScriptedClient client) {
    return isWithheld(client, "Q select 1", SELECTED);
  }

  /** The client sends what leads to globex, of which nothing gets out. */
  private static void leads(ScriptedClient client, String... messages) {
    client.sends(messages).server().sees(messages).has("search_path", "tenant_globex");
    client.server().says("D secret", "C SELECT 1", "Z I");
    client.gets("E! 57P03");
    assertThat(client.isEndedByGateway()).isTrue();
  }

  @WireTest
  void whatTheClientHasJustDefinedLeadsNowhereUnseen(Wire wire) {
    ScriptedClient acme = defines(acme(wire), LEADING);
    leads(acme, "Q select f()");
  }

  @WireTest
  void whatAnotherClientHasJustDefinedLeadsNowhereUnseen(Wire wire) {
    ScriptedClient other = acme(wire);
    ScriptedClient acme = wire.client("acme");
    defines(other, LEADING);
    leads(acme, "Q select f()");
  }

  @WireTest
  void textThatDefinesAndCallsLeadsNowhereUnseen(Wire wire) {
    leads(acme(wire), "Q " + LEADING + "; select f(); select name from sites");
  }

  @WireTest
  void anythingIsWithheldUntilTheRoutinesAreLookedAt(Wire wire) {
    ScriptedClient acme = defines(acme(wire), LEADING);
    assertThat(isWithheld(acme)).isTrue();
    assertThat(isWithheld(acme, "P - select 1 & B - & E & S", "1", "2", "D 1", "C SELECT 1", "Z I"))
        .isTrue();
    wire.unproven("f").looksAtRoutines();
    assertThat(isWithheld(acme)).isFalse();
    assertThat(isWithheld(acme, "Q select f()", SELECTED)).isTrue();
  }

  @WireTest
  void definitionsThemselvesAreNotWithheld(Wire wire) {
    ScriptedClient acme = defines(acme(wire), LEADING);
    String more = LEADING.replace("f()", "g()");
    assertThat(isWithheld(acme, "Q " + more, "C CREATE FUNCTION", "Z I")).isFalse();
  }

  @WireTest
  void whatLeadsNowhereHasNothingWithheld(Wire wire) {
    ScriptedClient acme = defines(acme(wire), HARMLESS);
    assertThat(isWithheld(acme)).isFalse();
    acme.runs("Q create temp table t(id int default 1)", "C CREATE TABLE", "Z I");
    assertThat(isWithheld(acme)).isFalse();
  }

  @WireTest
  void whatCallsSomethingThatLeadsIsSuspectedToo(Wire wire) {
    ScriptedClient acme = acme(wire.unproven("go"));
    acme.runs("Q create view v as select go()", "C CREATE VIEW", "Z I");
    assertThat(isWithheld(acme, "Q table v", SELECTED)).isTrue();
  }

  /** It may use what was defined before, which nobody knows yet. */
  @WireTest
  void harmlessDefinitionBehindOneThatLeadsIsLookedAtToo(Wire wire) {
    ScriptedClient acme = defines(acme(wire), LEADING);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q create view v as select f()", "C CREATE VIEW", "Z T");
    wire.looksAtRoutines();
    acme.runs("Q commit", "C COMMIT", "Z I");
    assertThat(isWithheld(acme, "Q table v", SELECTED)).isTrue();
  }

  @WireTest
  void openBlockConcernsItsOwnSessionAlone(Wire wire) {
    ScriptedClient acme = acme(wire);
    ScriptedClient other = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q " + LEADING, "C CREATE FUNCTION", "Z T");
    assertThat(isWithheld(acme, "Q select 1", IN_BLOCK)).isTrue();
    assertThat(isWithheld(other)).isFalse();
    wire.looksAtRoutines();
    assertThat(isWithheld(acme, "Q select 1", IN_BLOCK)).isTrue();
    acme.sends("Q commit").server().sees("Q commit");
    assertThat(isWithheld(other)).isTrue();
    wire.looksAtRoutines();
    assertThat(isWithheld(other)).isTrue();
    acme.server().says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I");
    assertThat(isWithheld(other)).isTrue();
    wire.looksAtRoutines();
    assertThat(isWithheld(other)).isFalse();
    assertThat(isWithheld(acme)).isFalse();
  }

  @WireTest
  void blockThatWasOpenMeanwhileIsSuspectedToItsEnd(Wire wire) {
    ScriptedClient acme = acme(wire);
    ScriptedClient other = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    defines(other, LEADING);
    wire.looksAtRoutines();
    assertThat(isWithheld(acme, "Q fetch all from c", IN_BLOCK)).isTrue();
    acme.runs("Q commit", "C COMMIT", "Z I");
    assertThat(isWithheld(acme)).isFalse();
  }

  @WireTest(Mode.SESSION)
  void definitionThatIsPreparedCountsWhenItIsRun(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("P - " + LEADING + " & S", "1", "Z I");
    acme.runs("B - & E & S", "2", "C CREATE FUNCTION", "Z I");
    assertThat(isWithheld(acme)).isTrue();
  }

  @WireTest
  void blockOfCodeMayDefine(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q do 'begin execute $x$create function f()$x$; end'", "C DO", "Z I");
    assertThat(isWithheld(acme)).isTrue();
    wire.looksAtRoutines();
    acme.runs("Q do 'begin perform 1; end'", "C DO", "Z I");
    assertThat(isWithheld(acme)).isFalse();
  }

  @WireTest
  void whatAClientThatLeftHasDefinedIsWaitedFor(Wire wire) {
    ScriptedClient acme = acme(wire);
    ScriptedClient other = wire.client("acme");
    acme.sends("Q " + LEADING).server().sees("Q " + LEADING);
    acme.leaves();
    wire.looksAtRoutines();
    assertThat(isWithheld(other)).isTrue();
    wire.passes(Duration.ofSeconds(3));
    wire.looksAtRoutines();
    assertThat(isWithheld(other)).isFalse();
    wire.servers().forEach(ScriptedServer::forgetsAll);
  }

  @WireTest(large = true)
  void longTextMayDefine(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q " + LEADING + "/*" + "x".repeat(1_100_000) + "*/");
    acme.server().hasSeen(1).says("C CREATE FUNCTION", "Z I");
    acme.gets("C CREATE FUNCTION", "Z I");
    assertThat(isWithheld(acme)).isTrue();
    wire.looksAtRoutines();
    acme.sends("P - " + LEADING + "/*" + "x".repeat(1_100_000) + "*/", "B -", "E", "S");
    acme.server().hasSeen(4).says("1", "2", "C CREATE FUNCTION", "Z I");
    acme.gets("1", "2", "C CREATE FUNCTION", "Z I");
    assertThat(isWithheld(acme)).isTrue();
  }

  // ---- what was prepared before, which a backend of the client's own keeps

  @WireTest(Mode.SESSION)
  void statementsThatWerePreparedBeforeAreJudgedAnew(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("P s select f() & P t select 1 & S", "1", "1", "Z I");
    acme.runs("Q prepare p as select f()", "C PREPARE", "Z I");
    acme.runs("P - select f() & S", "1", "Z I");
    defines(wire.client("acme"), LEADING);
    wire.unproven("f").looksAtRoutines();
    String[] run = {"2", "D 1", "C SELECT 1", "Z I"};
    assertThat(isWithheld(acme, "B - & E & S", run)).isTrue();
    assertThat(isWithheld(acme, "B s & E & S", run)).isTrue();
    assertThat(isWithheld(acme, "B t & E & S", run)).isFalse();
    assertThat(isWithheld(acme, "Q execute p", SELECTED)).isTrue();
    leads(acme, "B s", "E", "S");
  }
}

package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * A session's own backend that is to be left, by its {@link BackendSide}: between transactions, and
 * once a {@link LeftStateQuestion} has shown that functions have left nothing there.
 */
class OutdatedBackendTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String[] ANSWER = {"1", "2", "D f", "C SELECT 1", "3", "3", "Z I"};

  /** It is asked what is left there; for which parameters that are known. */
  private static void isAsked(ScriptedServer server, String known) {
    String question = server.isAskedFor("B l@l", "E l 0", "C P l", "C S l", "S");
    assertThat(question)
        .startsWith("P l SELECT EXISTS")
        .contains("'search_path', 'role', 'session_authorization'" + known + "]");
  }

  @WireTest(Mode.SESSION)
  void isReplacedWhereNothingIsLeft(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q set application_name = 'app'", "C SET", "Z I");
    ScriptedServer server = acme.server();
    wire.reconnects();
    isAsked(server, ", 'application_name'");
    assertThat(server.isLeft()).isFalse();
    server.says(ANSWER);
    assertThat(server.isLeft()).isTrue();
    acme.sends("Q select 1");
    ScriptedServer next = wire.servers().get(1).sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
    assertThat(next.setting("application_name")).isEqualTo("app");
  }

  @WireTest(Mode.SESSION)
  void isLeftBehindTheTransactionUnderWay(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server();
    wire.reconnects();
    server.seesNothing();
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z T");
    acme.sends("Q commit").server().sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I");
    isAsked(server, "");
    server.says(ANSWER);
    assertThat(server.isLeft()).isTrue();
  }

  @WireTest(Mode.SESSION)
  void staysWhereSomethingIsLeft(Wire wire) {
    for (String[] answer :
        new String[][] {
          {"1", "2", "D t", "C SELECT 1", "3", "3", "Z I"}, {"1", "2", "E 42501", "Z I"}
        }) {
      ScriptedClient acme = wire.client("acme");
      acme.runs("Q select 1", SELECTED);
      ScriptedServer server = acme.server();
      wire.reconnects();
      isAsked(server, "");
      server.says(answer);
      assertThat(server.isLeft()).isFalse();
      acme.runs("Q select 1", SELECTED);
      acme.getsNothing();
      acme.leaves();
    }
  }

  @WireTest(Mode.SESSION)
  void staysAsLongAsTheClientGoesOn(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer server = acme.server();
    wire.reconnects();
    isAsked(server, "");
    acme.sends("Q begin");
    server.sees("Q begin").says(ANSWER).says("C BEGIN", "Z T");
    acme.gets("C BEGIN", "Z T");
    assertThat(server.isLeft()).isFalse();
    acme.sends("Q commit").server().sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I");
    isAsked(server, "");
    server.says(ANSWER);
    assertThat(server.isLeft()).isTrue();
  }

  @WireTest(Mode.SESSION)
  void staysWithStateThatNoOtherCanBeGiven(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q create temp table t()", "C CREATE TABLE", "Z I");
    ScriptedServer server = acme.server();
    wire.reconnects();
    server.seesNothing();
    assertThat(server.isLeft()).isFalse();
    acme.runs("Q select 1", SELECTED);
  }
}

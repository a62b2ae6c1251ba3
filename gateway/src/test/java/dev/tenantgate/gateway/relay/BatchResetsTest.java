package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Map;

/**
 * {@link BatchResets}: behind a RESET in the extended protocol the client's own values are set, by
 * an {@link OwnStatement} of which it isn't told.
 */
class BatchResetsTest {

  private static final String BACK = "P r SET SESSION \"application_name\" TO E'app'";

  private static ScriptedClient acme(Wire wire) {
    return wire.connecting(Map.of("search_path", "tenant_acme", "application_name", "app")).isIn();
  }

  /** The answers to an own statement. */
  private static void saysSet(ScriptedServer server) {
    server.says("1", "2", "C SET", "3", "3");
  }

  @WireTest(Mode.TRANSACTION)
  void valueOfTheStartupIsSetBehindTheExecute(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - reset application_name", "B -", "E", "S");
    ScriptedServer server = acme.server();
    server.sees(
        "P - reset application_name", "B -", "E", BACK, "B r@r", "E r 0", "C P r", "C S r", "S");
    server.says("1", "2", "C RESET");
    saysSet(server);
    server.says("Z I");
    acme.gets("1", "2", "C RESET", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
    assertThat(server.setting("application_name")).isEqualTo("app");
  }

  @WireTest(Mode.TRANSACTION)
  void portalIsKnownByItsNameUntilTheTransactionEnds(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server();
    acme.runs("P - reset application_name & B -@p & P - select 1 & B -@q & H", "1", "2", "1", "2");
    acme.runs("E q 0 & H", "D 1", "C SELECT 1");
    acme.sends("E p 0", "H");
    server.sees("E p 0", BACK, "B r@r", "E r 0", "C P r", "C S r", "H").says("C RESET");
    saysSet(server);
    acme.gets("C RESET");
    acme.runs("S", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("E p 0 & S", "E 34000", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void portalCountsByItsBytesUntilItIsMadeAnewOrGone(Wire wire) {
    long bytes = 96 + "p".length() + 64 + BACK.substring("P r".length()).length();
    ScriptedClient acme = acme(wire);
    long start = wire.keptBytes(acme);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("P - reset application_name & H", "1");
    acme.runs("B -@p & B -@other & H", "2", "2");
    acme.runs("P - select 1 & H", "1");
    long before = wire.keptBytes(acme);
    acme.runs("B -@p & H", "2");
    assertThat(wire.keptBytes(acme) - before).as("made anew").isEqualTo(-bytes);
    acme.runs("E p 0 & H", "D 1", "C SELECT 1");
    acme.sends("S").server().forgetsAll();
    acme.server().says("Z T");
    acme.gets("Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    assertThat(wire.keptBytes(acme)).as("gone").isEqualTo(start);
  }

  @WireTest(Mode.TRANSACTION)
  void nothingIsSetThatTheClientHasNotBegunWith(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - reset work_mem", "B -", "E", "S");
    acme.server().sees("P - reset work_mem", "B -", "E", "S");
    acme.server().says("1", "2", "C RESET", "Z I");
    acme.gets("1", "2", "C RESET", "Z I");
  }
}

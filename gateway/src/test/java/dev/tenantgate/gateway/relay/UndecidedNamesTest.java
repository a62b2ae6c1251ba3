package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/** {@link UndecidedNames}: a message waits for the batch that decides what its name means. */
class UndecidedNamesTest {

  private static final String[] DEFINED = {"1", "t", "T", "Z I"};
  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};

  @WireTest(Mode.TRANSACTION)
  void bindWaitsForTheBatchThatPrepares(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S", "B s", "E", "S");
    ScriptedServer server = acme.server().sees("P s select 1", "D S s", "S").says(DEFINED);
    acme.gets("1", "Z I");
    server.sees("B s", "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void describeCloseAndParseWaitForItAsWell(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedServer server = null;
    for (String message : new String[] {"D S s", "C S s", "P s select 2"}) {
      acme.sends("P s select 1", "S", message, "S");
      server = acme.server().sees("P s select 1", "D S s", "S").says("E 42601", "Z I");
      acme.gets("E 42601", "Z I");
      if (message.startsWith("P")) {
        server.sees("P t select 2", "D S t", "S").says(DEFINED);
        acme.gets("1", "Z I");
      } else {
        server.sees(message, "S").says("E 26000", "Z I");
        acme.gets("E 26000", "Z I");
      }
    }
  }

  @WireTest(Mode.TRANSACTION)
  void textWaitsForTheBatchThatPrepares(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S", "Q execute s");
    ScriptedServer server = acme.server().sees("P s select 1", "D S s", "S").says(DEFINED);
    acme.gets("1", "Z I");
    server.sees("P s select 1", "S", "Q execute s", "C S s", "S");
    server.says("1", "Z I").says("T", "D 1", "C SELECT 1", "Z I").says("3", "Z I");
    acme.gets("T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void parseOfATextWaitsForTheBatchThatCloses(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S").server().sees("P s select 1", "D S s", "S").says(DEFINED);
    acme.gets("1", "Z I");
    acme.sends("C S s", "S", "P - execute s", "S");
    ScriptedServer server = acme.server().sees("C S s", "S").says("3", "Z I");
    acme.gets("3", "Z I");
    server.sees("P - execute s", "D S -", "S").says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void withinABatchAndForOtherNamesNobodyWaits(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "B s", "E", "S", "B other", "S", "P - select 2", "B -", "S");
    ScriptedServer server = acme.server();
    server.sees(
        "P s select 1", "D S s", "B s", "E", "S", "B other", "S", "P - select 2", "B -", "S");
    server.says("1", "t", "T").says(RUN).says("E 26000", "Z I", "1", "2", "Z I");
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z I", "E 26000", "Z I", "1", "2", "Z I");
  }
}

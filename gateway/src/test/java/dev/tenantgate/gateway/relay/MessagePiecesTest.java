package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Arrays;

/**
 * Messages that come in two pieces: {@link Requests} wait for as much of each as somebody looks at.
 */
class MessagePiecesTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};

  /** Its last byte, but for some, comes alone. */
  private static void inTwo(ScriptedClient client, String message, int last) {
    byte[] bytes = FrontendNotation.encode(message);
    client.sendsBytes(Arrays.copyOf(bytes, bytes.length - last));
    client.getsNothing();
    client.sendsBytes(Arrays.copyOfRange(bytes, bytes.length - last, bytes.length));
  }

  private static void goesToGlobex(ScriptedClient client, String... messages) {
    client.server().sees(messages).has("search_path", "tenant_globex");
  }

  @WireTest
  void queryIsReadToItsEnd(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    inTwo(acme, "Q select 1; set search_path to tenant_globex", 9);
    acme.server().seesNothing();
    wire.migrate();
    goesToGlobex(acme, "Q select 1; set search_path to tenant_globex");
    acme.server().says("T", "D 1", "C SELECT 1", "C SET", "Z I");
    acme.gets("T", "D 1", "C SELECT 1", "C SET", "Z I");
  }

  @WireTest
  void parseIsReadToItsEnd(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    inTwo(acme, "P - set search_path to tenant_globex", 9);
    acme.sends("B -", "E", "S").getsNothing();
    wire.migrate();
    goesToGlobex(acme, "P - set search_path to tenant_globex", "B -", "E", "S");
    acme.server().says("1", "2", "C SET", "Z I");
    acme.gets("1", "2", "C SET", "Z I");
  }

  @WireTest
  void valuesThatLeadAwayAreReadToTheirEnd(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    String parse = "P - select $1, set_config('search_path', $2, false)";
    String bind = "B - " + "x".repeat(9_000) + "|tenant_globex";
    acme.sends(parse);
    inTwo(acme, bind, 7);
    acme.sends("E", "S").getsNothing();
    wire.migrate();
    goesToGlobex(acme, parse, bind, "E", "S");
    acme.server().says("1", "2", "D x", "C SELECT 1", "Z I");
    acme.gets("1", "2", "D x", "C SELECT 1", "Z I");
  }

  @WireTest
  void valuesThatLeadNowhereStream(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select $1 & H", "1");
    byte[] bind = FrontendNotation.encode("B - " + "x".repeat(9_000));
    acme.sendsBytes(Arrays.copyOf(bind, 5_000));
    acme.sendsBytes(Arrays.copyOfRange(bind, 5_000, bind.length));
    acme.sends("E", "S").server().sees("B - " + "x".repeat(9_000), "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest
  void functionsNumberIsReadToItsEnd(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    inTwo(acme, "F 2078", 6);
    acme.server().sees("F 2078").says("V 7");
    acme.getsNothing(); // it is set_config
    acme.server().says("Z I");
    acme.gets("V 7", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void namesAreReadToTheirEnd(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P name select 1", "S").server().sees("P name select 1", "D S name", "S");
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    inTwo(acme, "B name", 8);
    acme.sends("E", "S").server().sees("B name", "E", "S").says(RUN);
    acme.gets(RUN);
    inTwo(acme, "D S name", 2);
    acme.sends("S").server().sees("D S name", "S").says("t", "T", "Z I");
    acme.gets("t", "T", "Z I");
    inTwo(acme, "C S name", 2);
    acme.sends("S").server().sees("C S name", "S").says("3", "Z I");
    acme.gets("3", "Z I");
    acme.sends("B name", "S").server().seesAsSent("B name", "S").says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void portalsNameIsReadToItsEnd(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("P - reset search_path", "B -@portal");
    inTwo(acme, "E portal 0", 7);
    acme.sends("S");
    ScriptedServer server = acme.server();
    server.hasSeen(9).has("search_path", "tenant_acme");
    server.says("1", "2", "C RESET", "1", "2", "C SET", "3", "3", "Z T");
    acme.gets("1", "2", "C RESET", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  // ---- names without an end

  private static void isNoProtocol(Wire wire, byte type) {
    ScriptedClient acme = wire.client("acme");
    byte[] sync = FrontendNotation.encode("S");
    byte[] message = {type, 0, 0, 0, 7, 'S', 'a', 'b'};
    byte[] both = Arrays.copyOf(message, message.length + sync.length);
    System.arraycopy(sync, 0, both, message.length, sync.length);
    acme.sendsBytes(both);
    acme.gets("E! 08P01");
    wire.servers().forEach(ScriptedServer::forgetsAll);
  }

  @WireTest(Mode.TRANSACTION)
  void describeOfANameThatDoesNotEndIsNoProtocol(Wire wire) {
    isNoProtocol(wire, (byte) 'D');
  }

  @WireTest(Mode.TRANSACTION)
  void closeOfANameThatDoesNotEndIsNoProtocol(Wire wire) {
    isNoProtocol(wire, (byte) 'C');
  }

  @WireTest
  void messageBehindOneInPiecesIsRun(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    inTwo(acme, "Q select 1", 3);
    acme.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
    acme.runs("Q select 1", SELECTED);
  }
}

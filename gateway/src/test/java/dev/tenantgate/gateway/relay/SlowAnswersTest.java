package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/**
 * A server that takes its time over a message of the extended protocol: it isn't the client that is
 * idle. So each message that {@link SharedStatements} or {@link VerbatimStatements} let pass is
 * owed an answer.
 */
class SlowAnswersTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration LONG = Duration.ofSeconds(13);

  private static ScriptedClient acme(Wire wire) {
    wire.idleInTransaction(LIMIT);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    return acme;
  }

  /** The client isn't ended before the answer is there, and is behind it. */
  private static void isAwaited(Wire wire, String messages, String... answers) {
    ScriptedClient acme = acme(wire);
    acme.sends(messages + " & H");
    ScriptedServer server = acme.server();
    server.forgetsAll();
    wire.passes(LONG);
    acme.getsNothing();
    server.says(answers);
    acme.gets(answers);
    wire.passes(LONG);
    acme.gets("E! 25P03");
    server.forgetsAll();
    server.dies();
  }

  @WireTest
  void describeOfAPortalIsAwaited(Wire wire) {
    isAwaited(wire, "D P p", "T");
  }

  @WireTest
  void describeOfAStatementThatIsNotThereIsAwaited(Wire wire) {
    isAwaited(wire, "D S nobodys", "t", "T");
  }

  @WireTest
  void closeOfAPortalIsAwaited(Wire wire) {
    isAwaited(wire, "C P p", "3");
  }

  @WireTest
  void closeOfAStatementThatIsNotThereIsAwaited(Wire wire) {
    isAwaited(wire, "C S nobodys", "3");
  }

  @WireTest
  void closeOfTheUnnamedStatementIsAwaited(Wire wire) {
    isAwaited(wire, "C S -", "3");
  }

  @WireTest
  void parseIsAwaited(Wire wire) {
    isAwaited(wire, "P - select 1", "1");
  }

  @WireTest
  void bindOfAStatementThatIsNotThereIsAwaited(Wire wire) {
    isAwaited(wire, "B nobodys", "2");
  }

  @WireTest
  void executeIsAwaited(Wire wire) {
    isAwaited(wire, "E p 1", "s");
  }

  @WireTest(large = true)
  void longParseIsAwaited(Wire wire) {
    isAwaited(wire, "P - select '" + "x".repeat(1_100_000) + "'", "1");
  }

  @WireTest(large = true)
  void longParseUnderANameIsAwaited(Wire wire) {
    isAwaited(wire, "P s select '" + "x".repeat(1_100_000) + "'", "1");
  }

  @WireTest(Mode.TRANSACTION)
  void parseThatDropsAStatementIsAwaited(Wire wire) {
    wire.idleInTransaction(LIMIT);
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.sends("P - deallocate s", "H");
    ScriptedServer server = acme.server().sees("P - DEALLOCATE tenantgate_gone", "H");
    wire.passes(LONG);
    acme.getsNothing();
    server.says("1");
    acme.gets("1");
    wire.passes(LONG);
    acme.gets("E! 25P03");
    server.forgetsAll();
    server.dies();
  }
}

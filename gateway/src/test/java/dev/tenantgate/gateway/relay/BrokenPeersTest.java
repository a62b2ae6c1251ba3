package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Arrays;

/**
 * Clients and servers that don't keep to the protocol, or leave in the middle of it: what a {@link
 * FrontendHandler} is given, and how far a {@link FrontendSide} has both sides read.
 */
class BrokenPeersTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest
  void aLengthThatCannotBeEndsTheSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sendsBytes((byte) 'Q', (byte) 0, (byte) 0, (byte) 0, (byte) 3);
    acme.gets("E! 08P01");
    ScriptedClient negative = wire.client("acme");
    negative.sendsBytes((byte) 'Q', (byte) 0x80, (byte) 0, (byte) 0, (byte) 0);
    negative.gets("E! 08P01");
    ScriptedClient tooLong = wire.client("acme");
    tooLong.sendsBytes((byte) 'd', (byte) 0x7f, (byte) -1, (byte) -1, (byte) -1);
    tooLong.gets("E! 08P01");
    assertThat(tooLong.isEndedByGateway()).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void aSyncAndAFlushHaveNothingInThem(Wire wire) {
    for (char type : new char[] {'S', 'H'}) {
      ScriptedClient acme = wire.client("acme");
      acme.sendsBytes((byte) type, (byte) 0, (byte) 0, (byte) 0, (byte) 5, (byte) 0);
      acme.gets("E! 08P01");
      assertThat(acme.isEndedByGateway()).isTrue();
    }
  }

  @WireTest(Mode.TRANSACTION)
  void aTypeThatNobodyKnowsEndsTheSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sendsBytes((byte) '?', (byte) 0, (byte) 0, (byte) 0, (byte) 4);
    acme.gets("E! 08P01");
    assertThat(acme.isEndedByGateway()).isTrue();
    ScriptedClient again = wire.client("acme");
    again.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = again.server();
    again.sendsBytes((byte) 'p', (byte) 0, (byte) 0, (byte) 0, (byte) 5, (byte) 0);
    again.gets("E! 08P01");
    server.sees("Q ROLLBACK").says("C ROLLBACK", "Z I");
  }

  @WireTest
  void aMessageThatEndsInItsTextEndsTheSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sendsBytes((byte) 'Q', (byte) 0, (byte) 0, (byte) 0, (byte) 6, (byte) 's', (byte) 'e');
    acme.server().sees("Q se").says("E! 08P01 invalid string in message").dies();
    acme.gets("E! 08P01 invalid string in message");
  }

  @WireTest
  void aServersLengthThatCannotBeEndsTheSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1");
    ScriptedServer server = acme.server().sees("Q select 1");
    server.saysBytes((byte) 'T', (byte) 0, (byte) 0, (byte) 0, (byte) 1);
    assertThat(acme.isEndedByGateway()).isTrue();
    assertThat(server.isLeft()).isTrue();
    acme.takesAll();
  }

  @WireTest(Mode.TRANSACTION)
  void anAnswerThatNobodyAskedForEndsTheBackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    for (String message : new String[] {"Z I", "D another's", "C SELECT 1", "1", "T"}) {
      acme.runs("Q select 1", SELECTED);
      ScriptedServer server = acme.server();
      server.says("N 00000 about to go", "A 7 channel", message);
      assertThat(server.isLeft()).as(message).isTrue();
    }
    acme.sends("Q select 1").server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest
  void theMessageBeforeHalfAMessageIsRunAlthoughItsClientLeaves(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q insert").sendsBytes((byte) 'Q', (byte) 0);
    ScriptedServer server = acme.server().sees("Q insert");
    acme.leaves();
    server.says("C INSERT 0 1", "Z I");
    server.seesNothing();
    assertThat(server.isLeft()).isEqualTo(!wire.isPooled());
  }

  @WireTest
  void aMessageThatIsLongerThanAnyBufferIsCarried(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String text = "select '" + "x".repeat(3_000) + "'";
    acme.runs("Q " + text, "T", "D " + "x".repeat(3_000), "C SELECT 1", "Z I");
    acme.runs("P - " + text + " & B - & E & S", "1", "2", "D x", "C SELECT 1", "Z I");
    acme.runs("Q copy t from stdin", "G");
    acme.sends("d " + "y".repeat(3_000)).server().sees("d " + "y".repeat(3_000));
    acme.runs("c", "C COPY 1", "Z I");
  }

  @WireTest
  void aClientThatReadsNothingHoldsNobodyUp(Wire wire) {
    wire.poolOf(2);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.sends("Q select 1").server().sees("Q select 1");
    ScriptedServer server = acme.server();
    acme.stalls(true);
    server.says("T");
    for (int i = 0; i < 30; i++) {
      server.says("D " + "x".repeat(20_000));
      if (!server.isRead()) {
        break;
      }
    }
    assertThat(server.isRead()).as("the server is read").isFalse();
    globex.sends("Q select 2");
    globex.server().sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
    acme.stalls(false);
    server.says("C SELECT", "Z I");
    assertThat(acme.takesAll()).first().isEqualTo("T ?column?");
  }

  @WireTest
  void aServerThatTakesNothingHasItsClientWait(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q copy t from stdin", "G");
    ScriptedServer server = acme.server();
    server.stalls(true);
    int sent = 0;
    while (acme.isRead() && sent < 30) {
      acme.sends("d " + "x".repeat(20_000));
      sent++;
    }
    assertThat(acme.isRead()).as("the client is read").isFalse();
    server.stalls(false);
    assertThat(acme.isRead()).as("the client is read").isTrue();
    String[] expected = new String[sent];
    Arrays.fill(expected, "d " + "x".repeat(20_000));
    server.sees(expected);
    acme.runs("c", "C COPY 30", "Z I");
  }

  @WireTest
  void aTypeThatNobodyKnowsBehindAMessageThatWaitsEndsTheSession(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set search_path to tenant_globex");
    acme.sendsBytes((byte) '?', (byte) 0, (byte) 0, (byte) 0, (byte) 4);
    acme.getsNothing();
    wire.migrate();
    acme.endsWith("E! 08P01");
    wire.servers().forEach(ScriptedServer::forgetsAll);
  }
}

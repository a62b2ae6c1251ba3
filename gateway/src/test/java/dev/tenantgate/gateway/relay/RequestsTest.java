package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.Arrays;

/**
 * {@link Requests}: which message goes where, what is answered here, whose turn it is, and which
 * waits for {@link AwaitedAnswers}.
 */
class RequestsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest(Mode.TRANSACTION)
  void refusedBatchIsPassedOverUpToItsSync(Wire wire) {
    wire.pool(Duration.ofSeconds(7), 1, PoolSettings.Unpoolable.PIN);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    ScriptedClient other = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    globex.sends("Q select 1").getsNothing();
    other.sends("P - select 1", "B -", "Q select 2", "F 952", "H", "d x", "c").gets("E 53300");
    other.sends("S", "S").gets("Z I", "Z I");
    acme.runs("Q commit", "C COMMIT", "Z I");
    globex.server().sees("Q select 1").says(SELECTED);
    globex.gets(SELECTED);
    other.runs("Q select 3", SELECTED);
  }

  @WireTest
  void batchWithoutItsEndIsTheClientsTurn(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(20));
    for (String messages : new String[] {"P - select 1 & B - & E & H", "P - select 1 & B - & E"}) {
      ScriptedClient acme = wire.client("acme");
      acme.sends(messages.split(" & "));
      ScriptedServer server = acme.server();
      server.sees(messages.split(" & "));
      if (messages.endsWith("H")) {
        server.says("1", "2", "D 1", "C SELECT 1");
        acme.gets("1", "2", "D 1", "C SELECT 1");
      }
      wire.passes(Duration.ofSeconds(19));
      acme.getsNothing();
      wire.passes(Duration.ofSeconds(3));
      acme.gets("E! 25P03");
      server.forgetsAll();
      if (wire.isPooled()) {
        server.says("E 42601", "Z I");
      }
    }
  }

  @WireTest
  void flushThatIsNotAnsweredIsTheServersTurn(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(20));
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select pg_sleep(60)", "B -", "E", "H");
    ScriptedServer server = acme.server();
    server.sees("P - select pg_sleep(60)", "B -", "E", "H").says("1", "2");
    acme.gets("1", "2");
    wire.passes(Duration.ofMinutes(1));
    acme.getsNothing();
    server.says("D 1", "C SELECT 1");
    acme.gets("D 1", "C SELECT 1");
    acme.sends("S").server().sees("S").says("Z I");
    acme.gets("Z I");
  }

  @WireTest
  void batchThatHasFailedIsTheClientsTurn(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(20));
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - nonsense & H", "E 42601");
    acme.sends("B -", "E", "H").getsNothing();
    ScriptedServer server = acme.server().sees("B -", "E", "H");
    wire.passes(Duration.ofSeconds(22));
    acme.gets("E! 25P03");
    server.forgetsAll();
    if (wire.isPooled()) {
      server.says("Z I");
    }
  }

  @WireTest
  void copyThatTheClientDoesNotEndIsItsTurn(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(20));
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q copy t from stdin", "G");
    ScriptedServer server = acme.server();
    wire.passes(Duration.ofSeconds(15));
    acme.sends("d 1").server().sees("d 1");
    wire.passes(Duration.ofSeconds(15));
    acme.getsNothing();
    wire.passes(Duration.ofSeconds(7));
    acme.gets("E! 25P03");
    server.forgetsAll();
    if (wire.isPooled()) {
      server.says("E 57014", "Z I");
    }
  }

  @WireTest
  void halfAMessageIsTheClientsTurn(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(20));
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server();
    acme.sendsBytes((byte) 'Q', (byte) 0, (byte) 0, (byte) 0, (byte) 9, (byte) 's');
    wire.passes(Duration.ofSeconds(22));
    acme.gets("E! 25P03");
    server.forgetsAll();
    if (wire.isPooled()) {
      server.says("C ROLLBACK", "Z I");
    }
  }

  @WireTest
  void functionThatMaySwitchIsWithheld(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("F 2078").server().sees("F 2078").says("V 7");
    acme.getsNothing();
    acme.server().says("Z I");
    acme.gets("V 7", "Z I");
    acme.sends("F 952").server().sees("F 952").says("V 7");
    acme.gets("V 7");
    acme.server().says("Z I");
    acme.gets("Z I");
  }

  @WireTest
  void aMessageAheadOfItsTransactionsGateWaits(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.lags("acme");
    acme.sends("P - select 1", "B -", "E", "S").sends("Q select 2");
    acme.server().seesNothing();
    wire.migrate();
    acme.server().sees("P - select 1", "B -", "E", "S", "Q select 2");
    acme.server().says("1", "2", "D 1", "C SELECT 1", "Z I").says(SELECTED);
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z I", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void clientThatSendsTransactionsAheadGivesItsBackendBackNowAndThen(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    String[] many = new String[300];
    Arrays.fill(many, "Q select 1");
    acme.sends(many);
    ScriptedServer server = acme.server().hasSeen(256);
    globex.sends("Q select 2");
    for (int i = 0; i < 256; i++) {
      server.says(SELECTED);
    }
    acme.takesAll();
    server.sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
    server.hasSeen(44);
    for (int i = 0; i < 44; i++) {
      server.says(SELECTED);
    }
    assertThat(acme.takesAll()).hasSize(4 * 44);
  }
}

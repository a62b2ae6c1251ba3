package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;

/**
 * The spans of a client's transactions: {@link Statements} show the texts that bring a context, a
 * {@link StatementGate} the parameters, and a {@link BackendSide} the errors.
 */
class TracesTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String FIRST = "00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01";
  private static final String SECOND = "00-" + "a".repeat(32) + "-" + "c".repeat(16) + "-01";
  private static final String OF_FIRST = "TRANSACTION " + "b".repeat(16);
  private static final String OF_SECOND = "TRANSACTION " + "c".repeat(16);
  private static final String STATEMENT_OF_SECOND = "STATEMENT " + "c".repeat(16);

  private final RecordingTracing tracing = new RecordingTracing();

  private static String with(String traceparent) {
    return " /*traceparent='" + traceparent + "'*/";
  }

  private ScriptedClient acme(Wire wire) {
    wire.settings().others(PassOrReject.PASS);
    return begun(wire.tracedBy(tracing).client("acme"));
  }

  /** A session that nothing is gated for. */
  private ScriptedClient ungated(Wire wire) {
    return begun(wire.tracedBy(tracing).connecting(Map.of("database", "other")).isIn());
  }

  /** Its first transaction has a span in any case where it has to wait. */
  private ScriptedClient begun(ScriptedClient client) {
    client.runs("Q select 1", SELECTED);
    tracing.take();
    return client;
  }

  @WireTest
  void transactionBelongsToTheContextOfItsQuery(Wire wire) {
    for (boolean gated : new boolean[] {true, false}) {
      ScriptedClient client = gated ? acme(wire) : ungated(wire);
      client.runs("Q select 1" + with(FIRST), SELECTED);
      assertThat(tracing.take()).containsExactly(OF_FIRST);
      client.runs("Q select 1", SELECTED);
      assertThat(tracing.take()).isEmpty();
    }
  }

  @WireTest
  void contextStandsInAParseAsWell(Wire wire) {
    for (boolean gated : new boolean[] {true, false}) {
      ScriptedClient client = gated ? acme(wire) : ungated(wire);
      client.runs(
          "P - select 1" + with(FIRST) + " & B - & E & S", "1", "2", "D 1", "C SELECT 1", "Z I");
      assertThat(tracing.take()).containsExactly(OF_FIRST);
    }
  }

  @WireTest
  void statementWithAnotherContextHasASpanOfItsOwn(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin" + with(FIRST), "C BEGIN", "Z T");
    acme.runs("Q select 1" + with(SECOND), "E 22012", "Z E");
    assertThat(tracing.take()).containsExactly(STATEMENT_OF_SECOND + " 22012");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
    assertThat(tracing.take()).containsExactly(OF_FIRST);
  }

  @WireTest
  void errorIsTheTransactions(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q select 1/0" + with(FIRST), "E 22012", "Z I");
    assertThat(tracing.take()).containsExactly(OF_FIRST + " 22012");
  }

  @WireTest
  void contextThatIsSetIsTheSessions(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q set tenantgate.traceparent to '" + FIRST + "'", "C SET", "Z I");
    tracing.take();
    acme.runs("Q select 1", SELECTED);
    assertThat(tracing.take()).containsExactly(OF_FIRST);
    for (String back : new String[] {"reset tenantgate.traceparent", "reset all"}) {
      acme.runs("Q set tenantgate.traceparent to '" + SECOND + "'", "C SET", "Z I");
      acme.runs("Q select 1", SELECTED);
      assertThat(tracing.take()).endsWith(OF_SECOND);
      acme.sends("Q " + back).server().hasSeen(1).says("C RESET");
      if (wire.isPooled() && back.equals("reset all")) {
        acme.server().says("C SET");
      }
      acme.server().says("Z I");
      acme.gets("C RESET", "Z I");
      tracing.take();
      acme.runs("Q select 1", SELECTED);
      assertThat(tracing.take()).as(back).isEmpty();
    }
  }

  @WireTest
  void otherParametersAreNoContext(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q set tenantgate.other to '" + FIRST + "'", "C SET", "Z I");
    acme.runs("Q select 1", SELECTED);
    assertThat(tracing.take()).isEmpty();
  }

  @WireTest(Mode.TRANSACTION)
  void localContextIsTheTransactionsAlone(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q set local tenantgate.traceparent to '" + FIRST + "'", "C SET", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    assertThat(tracing.take()).containsExactly(OF_FIRST);
    acme.runs("Q select 1", SELECTED);
    assertThat(tracing.take()).isEmpty();
  }

  @WireTest
  void contextStandsAtTheEndOfATextInTwoPieces(Wire wire) {
    for (boolean gated : new boolean[] {true, false}) {
      ScriptedClient client = gated ? acme(wire) : ungated(wire);
      byte[] query = FrontendNotation.encode("Q select 1" + with(FIRST));
      client.sendsBytes(Arrays.copyOf(query, 20));
      client.sendsBytes(Arrays.copyOfRange(query, 20, query.length));
      client.server().sees("Q select 1" + with(FIRST)).says(SELECTED);
      client.gets(SELECTED);
      assertThat(tracing.take()).containsExactly(OF_FIRST);
    }
  }

  @WireTest
  void bindThatBeginsATransactionBelongsToTheSessionsContext(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P s select 1", "S").server().forgetsAll();
    acme.server().says(wire.isPooled() ? new String[] {"1", "t", "T"} : new String[] {"1"});
    acme.server().says("Z I");
    acme.gets("1", "Z I");
    acme.runs("Q set tenantgate.traceparent to '" + FIRST + "'", "C SET", "Z I");
    tracing.take();
    acme.runs("B s & E & S", "2", "D 1", "C SELECT 1", "Z I");
    assertThat(tracing.take()).containsExactly(OF_FIRST);
  }

  @WireTest
  void contextOutlivesOtherParameters(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q set tenantgate.traceparent to '" + FIRST + "'", "C SET", "Z I");
    acme.runs("Q set work_mem to '8MB'", "C SET", "Z I");
    acme.runs("Q reset work_mem", "C RESET", "Z I");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    tracing.take();
    acme.runs("Q select 1", SELECTED);
    assertThat(tracing.take()).containsExactly(OF_FIRST);
  }

  // ---- waits for a backend

  @WireTest(Mode.TRANSACTION)
  void waitForABackendEndsWithIt(Wire wire) {
    ScriptedClient acme = acme(wire);
    tracing.takeWaits(); // of the first backend
    ScriptedClient globex = wire.client("globex");
    globex.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select 1" + with(FIRST)).getsNothing();
    assertThat(tracing.takeWaits()).isEmpty();
    globex.runs("Q commit", "C COMMIT", "Z I");
    assertThat(tracing.takeWaits()).containsExactly("POOL_WAIT");
    acme.server().sees("Q select 1" + with(FIRST)).says(SELECTED);
    acme.gets(SELECTED);
    assertThat(tracing.take()).contains(OF_FIRST);
  }

  @WireTest(Mode.TRANSACTION)
  void waitForABackendEndsInVain(Wire wire) {
    wire.pool(Duration.ofSeconds(3), 100, Unpoolable.PIN);
    ScriptedClient acme = acme(wire);
    tracing.takeWaits(); // of the first backend
    ScriptedClient globex = wire.client("globex");
    globex.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select 1" + with(FIRST)).getsNothing();
    wire.passes(Duration.ofSeconds(4));
    acme.gets("E 53300", "Z I");
    assertThat(tracing.takeWaits()).containsExactly("POOL_WAIT 53300");
    assertThat(tracing.take()).containsExactly(OF_FIRST + " 53300");
    globex.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void waitForABackendIsCancelled(Wire wire) {
    ScriptedClient acme = acme(wire);
    tracing.takeWaits(); // of the first backend
    ScriptedClient globex = wire.client("globex");
    globex.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select 1" + with(FIRST)).cancels();
    acme.gets("E 57014", "Z I");
    assertThat(tracing.takeWaits()).containsExactly("POOL_WAIT");
    assertThat(tracing.take()).containsExactly(OF_FIRST + " 57014");
    globex.runs("Q commit", "C COMMIT", "Z I");
  }
}

package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.config.GateSettings.Qualified;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.TenantSettings.Switching;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.Arrays;

/**
 * Session pooling: what {@link VerbatimStatements} hold, refuse and forget, and when a {@link
 * BackendSide} lets the client's own backend be lost unnoticed.
 */
class SessionModeTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String AWAY = "set search_path to tenant_globex";
  private static final String NAMES = "select v from tenant_globex.site";
  private static final String FILLER = "x".repeat(1_100_000);

  // ---- portals

  @WireTest(Mode.SESSION)
  void portalThatGoesOnHasNoEffectAnyMore(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("P - " + AWAY, "B -@p", "E p 0", "S");
    acme.server().hasSeen(4).has("search_path", "tenant_globex").says("1", "2", "C SET", "Z T");
    acme.gets("1", "2", "C SET", "Z T");
    acme.sends("Q set search_path to tenant_acme").server().hasSeen(1);
    acme.server().has("search_path", "tenant_acme").says("C SET", "Z T");
    acme.gets("C SET", "Z T");
    wire.lags("globex");
    acme.runs("E p 0 & S", "E 55000", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest(Mode.SESSION)
  void executeInTwoPiecesIsHeld(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("P - " + AWAY + " & B -@portal & S", "1", "2", "Z T");
    byte[] execute = FrontendNotation.encode("E portal 0");
    acme.sendsBytes(Arrays.copyOf(execute, 8));
    acme.sendsBytes(Arrays.copyOfRange(execute, 8, execute.length));
    acme.sends("S").getsNothing();
    acme.server().seesNothing();
    wire.migrate();
    acme.server().sees("E portal 0", "S").has("search_path", "tenant_globex").says("C SET", "Z T");
    acme.gets("C SET", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.SESSION)
  void closeOfANameThatDoesNotEndIsNoProtocol(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P s " + AWAY + " & S", "1", "Z I");
    byte[] bytes = {'C', 0, 0, 0, 7, 'S', 'a', 'b', 'S', 0, 0, 0, 4};
    acme.sendsBytes(bytes);
    acme.gets("E! 08P01");
    acme.server().forgetsAll();
  }

  // ---- schemas that a statement names

  private static ScriptedClient named(Wire wire) {
    wire.settings().qualified(Qualified.HOLD);
    ScriptedClient acme = wire.client("acme");
    acme.runs("P s " + NAMES + " & S", "1", "Z I");
    wire.lags("globex");
    return acme;
  }

  @WireTest(Mode.SESSION)
  void bindOfAStatementThatNamesATenantsSchemaWaitsForIt(Wire wire) {
    ScriptedClient acme = named(wire);
    acme.sends("B s", "E", "S").getsNothing();
    acme.server().seesNothing();
    wire.migrate();
    acme.server().sees("B s", "E", "S").says("2", "D 1", "C SELECT 1", "Z I");
    acme.gets("2", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.SESSION)
  void bindOfAStatementThatNamesATenantsSchemaIsRefusedInVain(Wire wire) {
    ScriptedClient acme = named(wire);
    wire.fleet().migrationsFail(true);
    acme.sends("B s", "E", "S").getsNothing();
    wire.migrate();
    acme.server().sees("B REFUSED", "E", "S").says("E REFUSED", "Z I");
    acme.gets("E 57P03", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.SESSION)
  void planningOfWhatMayLeadAnywhereIsWithheld(Wire wire) {
    wire.unproven("go").lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.runs("P s select go() & S", "1", "Z I");
    acme.sends("B s", "S");
    acme.server().sees("B s", "S").has("search_path", "tenant_globex").says("2");
    acme.getsNothing(); // a function that calls itself immutable runs by now
    acme.server().says("Z I");
    acme.getsNothing();
    wire.migrate();
    acme.gets("2", "Z I");
  }

  @WireTest(Mode.SESSION)
  void refusalByPolicyAnswersTheBind(Wire wire) {
    wire.settings().policy(Policy.REJECT);
    ScriptedClient acme = named(wire);
    acme.sends("B s", "E", "S");
    acme.server().sees("B REFUSED", "E", "S").says("E REFUSED", "Z I");
    acme.gets("E 57P03", "Z I");
  }

  @WireTest
  void functionCallThatLeadsAwayIsHeld(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("F 2078", "Q select 2"); // set_config
    ScriptedServer server = acme.server().sees("F 2078").has("search_path", "tenant_globex");
    server.says("V tenant_globex", "Z I");
    acme.getsNothing();
    server.seesNothing();
    wire.migrate();
    acme.gets("V", "Z I");
    server.sees("Q select 2").says(SELECTED);
    acme.gets(SELECTED);
  }

  // ---- long texts

  @WireTest(large = true)
  void longParseThatMayDoAnythingEndsASessionThatMayNot(Wire wire) {
    wire.settings().switching(Switching.DENY);
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - do $$" + FILLER + "$$");
    acme.endsWith("E! 42501");
    wire.servers().forEach(SessionModeTest::seesNoParse);
  }

  @WireTest(large = true)
  void longParseThatNamesATenantsSchemaEndsASessionThatWouldWait(Wire wire) {
    wire.settings().qualified(Qualified.HOLD);
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select '" + FILLER + "' from tenant_globex.site");
    acme.endsWith("E! 57P03 a statement names schemas of tenants that aren't up to date");
    wire.servers().forEach(SessionModeTest::seesNoParse);
  }

  /** A backend that others are to have is brought out of the batch. */
  private static void seesNoParse(ScriptedServer server) {
    if (server.isLeft()) {
      server.seesNothing();
    } else {
      server.sees("f the client has left tenantgate", "P - the client has left tenantgate", "S");
      server.says("E 42601", "Z I");
    }
  }

  @WireTest(large = true)
  void longQueryIsAwaited(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(10));
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select '" + FILLER + "'").server().hasSeen(1);
    wire.passes(Duration.ofSeconds(13));
    acme.getsNothing();
    acme.server().says("T", "D 1", "C SELECT 1", "Z T");
    acme.gets("T", "D 1", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  // ---- a backend that is lost

  private static void isNotReplaced(ScriptedClient client) {
    client.server().dies();
    client.endsWith("E! 08006");
  }

  @WireTest(Mode.SESSION)
  void backendThatIsLostInHalfAMessageIsNotReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    byte[] query = FrontendNotation.encode("Q select 1");
    acme.sendsBytes(Arrays.copyOf(query, query.length - 3));
    isNotReplaced(acme);
  }

  @WireTest(Mode.SESSION)
  void backendThatIsLostInABatchIsNotReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select 1 & B - & E & H", "1", "2", "D 1", "C SELECT 1");
    isNotReplaced(acme);
  }

  @WireTest(Mode.SESSION)
  void backendThatIsLostInATransactionIsNotReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    isNotReplaced(acme);
  }

  @WireTest(value = Mode.SESSION, large = true)
  void backendWithAStatementOfTooLongANameIsNotReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("C S " + "n".repeat(70_000) + " & S", "3", "Z I");
    isNotReplaced(acme);
  }

  @WireTest(Mode.SESSION)
  void whatTheServerSaidLastIsToldIfTheClientHasSentMore(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer server = acme.server().says("E! 57P01 it is being restarted");
    acme.getsNothing();
    acme.sends("Q select 1");
    server.sees("Q select 1").dies();
    acme.gets("E! 57P01 it is being restarted");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  // ---- answers that are owed

  @WireTest(value = Mode.SESSION, large = true)
  void clientIsReadOnlyAsLongAsNotTooManyAnswersAreOwed(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    String[] some = new String[100];
    Arrays.fill(some, "S");
    int sent = 0;
    while (acme.isRead() && sent < 10_000) {
      acme.sends(some);
      sent += some.length;
    }
    assertThat(acme.isRead()).isFalse();
    assertThat(sent).isBetween(4_096, 4_400);
    acme.server().hasSeen(sent);
    Arrays.fill(some, "Z T");
    for (int i = 0; i < sent; i += some.length) {
      acme.server().says(some);
    }
    assertThat(acme.isRead()).isTrue();
    assertThat(acme.takesAll()).hasSize(sent);
    acme.runs("Q commit", "C COMMIT", "Z I");
  }
}

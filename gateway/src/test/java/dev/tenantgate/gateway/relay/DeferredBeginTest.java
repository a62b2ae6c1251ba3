package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.TestPools;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/** A {@link DeferredBegin}: what is answered without a backend, and when it gets one. */
class DeferredBeginTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z T"};

  private static final String ABORTED =
      "E 25P02 current transaction is aborted, commands ignored until end of transaction block";

  private static final String BEHIND = "E 57P03";

  private static ScriptedClient acme(Wire wire) {
    return wire.pool(TestPools.deferringBegin(Mode.TRANSACTION)).client("acme");
  }

  private static void answered(ScriptedClient client, String query, String... answers) {
    client.sends("Q " + query).gets(answers);
  }

  @WireTest(Mode.TRANSACTION)
  void itGoesOutWithTheFirstStatement(Wire wire) {
    ScriptedClient acme = acme(wire);
    answered(acme, "begin", "C BEGIN", "Z T");
    acme.sends("Q select 1");
    acme.server().sees("Q begin", "Q select 1").says("C BEGIN", "Z T").says(SELECTED);
    acme.gets(SELECTED);
    acme.runs("Q select 1", SELECTED);
    acme.runs("Q commit", "C COMMIT", "Z I");
    answered(acme, "BEGIN ;", "C BEGIN", "Z T");
  }

  @WireTest(Mode.TRANSACTION)
  void pathsGoOutBehindIt(Wire wire) {
    ScriptedClient acme = acme(wire);
    answered(acme, "begin", "C BEGIN", "Z T");
    answered(acme, "set local search_path to tenant_acme", "C SET", "Z T");
    answered(acme, "SET LOCAL search_path = tenant_acme, public;", "C SET", "Z T");
    acme.sends("P - select 1", "B -", "E", "S");
    acme.server()
        .sees(
            "Q begin;set local search_path to tenant_acme;SET LOCAL search_path = tenant_acme,"
                + " public;",
            "P - select 1",
            "B -",
            "E",
            "S")
        .says("C BEGIN", "C SET", "C SET", "Z T")
        .says("1", "2", "D 1", "C SELECT 1", "Z T");
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z T");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void theServerNeverHearsOfOneThatIsEmpty(Wire wire) {
    ScriptedClient acme = acme(wire);
    answered(acme, "begin", "C BEGIN", "Z T");
    answered(acme, "commit", "C COMMIT", "Z I");
    answered(acme, "start transaction", "C START TRANSACTION", "Z T");
    answered(acme, "set local search_path to tenant_acme", "C SET", "Z T");
    answered(acme, "rollback", "C ROLLBACK", "Z I");
    answered(acme, "begin work", "C BEGIN", "Z T");
    acme.sends("S").gets("Z T");
    answered(acme, "end", "C COMMIT", "Z I");
    acme.sends("S").gets("Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void whatTheServerMayRefuseGoesOutAtOnce(Wire wire) {
    ScriptedClient acme = acme(wire);
    for (String begin :
        new String[] {
          "begin isolation level serializable",
          "begin read write",
          "begin; select 1",
          "start transaction read only"
        }) {
      acme.runs("Q " + begin, "C BEGIN", "Z T");
      acme.runs("Q commit", "C COMMIT", "Z I");
    }
    acme.runs("P - begin & B - & E & S", "1", "2", "C BEGIN", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    answered(acme, "begin", "C BEGIN", "Z T");
    acme.sends("Q set local work_mem to '8MB'");
    acme.server().sees("Q begin", "Q set local work_mem to '8MB'");
    acme.server().says("C BEGIN", "Z T", "C SET", "Z T");
    acme.gets("C SET", "Z T");
    acme.runs("Q commit and chain", "C COMMIT", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    String call = "select set_config('search_path', 'tenant_acme', true)";
    answered(acme, "begin", "C BEGIN", "Z T");
    acme.sends("Q " + call);
    acme.server().sees("Q begin", "Q " + call).says("C BEGIN", "Z T").says(SELECTED);
    acme.gets(SELECTED);
    acme.runs("Q commit", "C COMMIT", "Z I");
    answered(acme, "begin", "C BEGIN", "Z T");
    acme.sends("Q rollback and chain");
    acme.server().sees("Q begin", "Q rollback and chain");
    acme.server().says("C BEGIN", "Z T", "C ROLLBACK", "Z T");
    acme.gets("C ROLLBACK", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void whatTheServerSaysByTheWayIsTold(Wire wire) {
    ScriptedClient acme = acme(wire);
    answered(acme, "begin", "C BEGIN", "Z T");
    answered(acme, "set local search_path to tenant_acme", "C SET", "Z T");
    acme.sends("Q select 1");
    acme.server()
        .sees("Q begin;set local search_path to tenant_acme", "Q select 1")
        .says("C BEGIN", "C SET", "S search_path=tenant_acme", "Z T")
        .says(SELECTED);
    acme.gets("S search_path=tenant_acme", "T", "D 1", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void withoutABackendItFailsAndIsRolledBack(Wire wire) {
    ScriptedClient acme = acme(wire);
    ScriptedClient globex = wire.client("globex");
    globex.runs("Q begin read only", "C BEGIN", "Z T"); // has the only backend
    answered(acme, "begin", "C BEGIN", "Z T");
    acme.sends("Q select 1").getsNothing();
    wire.passes(Duration.ofSeconds(8));
    acme.gets(
        "N 00000 waiting for a backend for 5 s, behind 0 others",
        "E 53300 no backend became free within 7200 ms (pool.wait-timeout)",
        "Z E");
    answered(acme, "select 1", ABORTED, "Z E");
    acme.sends("P - select 1", "B -", "E").gets(ABORTED);
    acme.sends("S").gets("Z E");
    answered(acme, "commit", "C ROLLBACK", "Z I");
    globex.runs("Q commit", "C COMMIT", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aTenantThatIsBehindIsWaitedForByTheFirstStatement(Wire wire) {
    ScriptedClient acme = acme(wire);
    wire.lags("globex");
    answered(acme, "begin", "C BEGIN", "Z T");
    answered(acme, "set local search_path to tenant_globex", "C SET", "Z T");
    acme.sends("Q select 1").getsNothing();
    wire.migrate();
    acme.server().sees("Q begin;set local search_path to tenant_globex", "Q select 1");
    acme.server().says("C BEGIN", "C SET", "Z T").says(SELECTED);
    acme.gets(SELECTED);
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aTenantThatIsRefusedFailsTheTransaction(Wire wire) {
    wire.settings().policy(Policy.REJECT);
    ScriptedClient acme = acme(wire);
    wire.lags("globex");
    answered(acme, "begin", "C BEGIN", "Z T");
    answered(acme, "set local search_path to tenant_globex", "C SET", "Z T");
    acme.sends("Q select 1");
    acme.server().sees("Q BEGIN", "Q REFUSED").says("C BEGIN", "Z T", "E REFUSED", "Z E");
    acme.gets(BEHIND, "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");

    answered(acme, "begin", "C BEGIN", "Z T");
    answered(acme, "set local search_path to tenant_globex", "C SET", "Z T");
    acme.sends("P - select 1", "B -", "E", "S");
    acme.server().sees("Q BEGIN", "B REFUSED", "B REFUSED", "E", "S");
    acme.server().says("C BEGIN", "Z T", "E REFUSED", "Z E");
    acme.gets(BEHIND, "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  /** The gate's refusal comes late, when the client has a backend already. */
  private static ScriptedClient heldInGlobex(Wire wire, String messages) {
    ScriptedClient acme = acme(wire);
    wire.lags("globex");
    answered(acme, "begin", "C BEGIN", "Z T");
    answered(acme, "set local search_path to tenant_globex", "C SET", "Z T");
    acme.sends(messages.split(" & ")).getsNothing();
    return acme;
  }

  private static void fails(Wire wire) {
    wire.fleet().migrationsFail(true);
    wire.migrate();
  }

  @WireTest(Mode.TRANSACTION)
  void aTenantThatIsRefusedAfterAWaitFailsTheTransaction(Wire wire) {
    ScriptedClient acme = heldInGlobex(wire, "Q select 1");
    fails(wire);
    acme.server().sees("Q BEGIN", "Q REFUSED").says("C BEGIN", "Z T", "E REFUSED", "Z E");
    acme.gets(BEHIND, "Z E");
    acme.sends("Q insert into sites values (1)");
    acme.server().sees("Q insert into sites values (1)").says(ABORTED, "Z E");
    acme.gets(ABORTED, "Z E");
    acme.runs("Q commit", "C ROLLBACK", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aPipelineThatIsRefusedAfterAWaitIsSkippedToItsSync(Wire wire) {
    ScriptedClient acme = heldInGlobex(wire, "P - select 1 & B - & E & S & P - select 2");
    fails(wire);
    acme.server().sees("Q BEGIN", "B REFUSED", "B REFUSED", "E", "S", "P - select 2");
    acme.server().says("C BEGIN", "Z T", "E REFUSED", "Z E");
    acme.gets(BEHIND, "Z E");
    acme.sends("B -", "E", "S").server().sees("B -", "E", "S").says(ABORTED, "Z E");
    acme.gets(ABORTED, "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aWaitThatIsCancelledFailsTheTransaction(Wire wire) {
    ScriptedClient acme = heldInGlobex(wire, "P - select 1 & B - & E & S");
    acme.cancels();
    acme.server().sees("Q BEGIN", "B REFUSED", "B REFUSED", "E", "S");
    acme.server().says("C BEGIN", "Z T", "E REFUSED", "Z E");
    acme.gets("E 57014 canceling statement due to user request", "Z E");
    wire.migrate();
    acme.getsNothing();
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aWaitThatTakesTooLongFailsTheTransaction(Wire wire) {
    ScriptedClient acme = heldInGlobex(wire, "Q select 1");
    wire.passes(Duration.ofMinutes(10));
    acme.server().sees("Q BEGIN", "Q REFUSED").says("C BEGIN", "Z T", "E REFUSED", "Z E");
    acme.gets("N 00000", BEHIND, "Z E");
    wire.migrate();
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
    acme.runs("Q insert into sites values (1)", "C INSERT 0 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void itEndsBeforeTheGatewayStops(Wire wire) {
    ScriptedClient acme = acme(wire);
    ScriptedClient globex = wire.client("globex");
    answered(acme, "begin", "C BEGIN", "Z T");
    answered(globex, "begin", "C BEGIN", "Z T");
    wire.drains();
    acme.getsNothing();
    acme.sends("Q select 1");
    acme.server().sees("Q begin", "Q select 1").says("C BEGIN", "Z T").says(SELECTED);
    acme.gets(SELECTED);
    acme.sends("Q commit").server().sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I", "E! 57P01");
    answered(globex, "commit", "C COMMIT", "Z I", "E! 57P01");
  }

  @WireTest(Mode.TRANSACTION)
  void whoLeavesLeavesNothing(Wire wire) {
    ScriptedClient acme = acme(wire);
    answered(acme, "begin", "C BEGIN", "Z T");
    answered(acme, "set local search_path to tenant_acme", "C SET", "Z T");
    acme.leaves();
    wire.client("globex").runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }
}

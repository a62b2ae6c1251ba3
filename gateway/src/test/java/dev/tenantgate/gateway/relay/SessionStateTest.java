package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.GateSettings;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.notification.Notifications;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/**
 * Channels, sequences, long texts, names with a schema in front: state that needs care of its own.
 */
class SessionStateTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest(Mode.SESSION)
  void aSessionListensOnItsOwnBackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q listen news", "C LISTEN", "Z I");
    acme.server().says("A 7 news told");
    acme.gets("A 7 news told");
    acme.runs("Q unlisten *", "C UNLISTEN", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aPooledClientListensOnAConnectionOfAll(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer own = wire.server();
    acme.sends("Q listen news");
    own.sees("Q listen news").listensOn("news").says("C LISTEN", "Z I");
    assertThat(wire.servers()).hasSize(2);
    ScriptedServer ear = wire.servers().get(1);
    ear.hasSeen(2).says("C SET", "C LISTEN", "Z I", "C LISTEN", "Z I");
    String marks = own.isAskedFor("Q UNLISTEN *"); // others' backend as well
    String mark = marks.substring(marks.indexOf('\'') + 1, marks.length() - 1);
    mark = "A %d %s %s".formatted(own.process(), Notifications.MARKS, mark);
    own.says("C SET", "C LISTEN", "C NOTIFY", mark, "Z I", "C UNLISTEN", "Z I").listensOn();
    ear.says(mark);
    acme.gets("C LISTEN", "Z I");
    ear.says("A 7 news told");
    acme.gets("A 7 news told");
  }

  @WireTest(Mode.TRANSACTION)
  void aStatementWhoseRoutineLeavesStateIsFollowed(Wire wire) {
    wire.routine("lock_all", RoutinesSql.Kind.STATE).unproven("lock_all");
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.sends("Q select lock_all()");
    wire.server().sees("Q select lock_all()").holds("ADVISORY_LOCK").says(SELECTED);
    acme.gets(SELECTED);
    globex.sends("Q select 1").getsNothing();
    acme.leaves();
    wire.passes(Duration.ofSeconds(1));
    wire.server().sees("Q select 1").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest
  void aNameWithATenantsSchemaInFrontIsHeld(Wire wire) {
    wire.settings().qualified(GateSettings.Qualified.HOLD);
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select * from tenant_globex.site").getsNothing();
    wire.migrate();
    acme.server().sees("Q select * from tenant_globex.site").says(SELECTED);
    acme.gets(SELECTED);
    acme.runs("Q select * from tenant_acme.site", SELECTED);
  }

  @WireTest
  void aNameWithATenantsSchemaInFrontIsRefused(Wire wire) {
    wire.settings().qualified(GateSettings.Qualified.HOLD);
    wire.lags("globex");
    wire.fleet().migrationsFail(true);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select * from tenant_globex.site");
    wire.migrate();
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z E");
    acme.gets("E 57P03", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest
  void aTransactionWaitsForATenantThatLagsByNow(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.lags("acme");
    acme.sends("Q select 1").server().seesNothing();
    wire.migrate();
    acme.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }
}

package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * Texts that the server reads by other rules than before, or may do so: a {@link TextLook} takes
 * them for what they may be.
 */
class TextDoubtTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String OFF = "set standard_conforming_strings to off";

  /** One string with a quote in it; or a shorter one, and a statement that leads away. */
  private static final String EITHER = "select 'a\\'' ; set search_path to tenant_globex --'";

  private static ScriptedClient acme(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    for (int i = 0; i < 3; i++) {
      acme.sends("Q " + EITHER).server().sees("Q " + EITHER).says("T", "D a");
      acme.gets("T", "D a"); // it leads nowhere
      acme.server().says("C SELECT 1", "Z I");
      acme.gets("C SELECT 1", "Z I");
    }
    return acme;
  }

  private static void isWithheld(ScriptedClient client, boolean value) {
    ScriptedServer server = client.server().says("T", "D 1");
    if (value) {
      client.getsNothing();
      server.says("C SELECT 1", "Z I");
      client.gets(SELECTED);
    } else {
      client.gets("T", "D 1");
      server.says("C SELECT 1", "Z I");
      client.gets("C SELECT 1", "Z I");
    }
  }

  @WireTest
  void textThatMayLeadAwayIsWithheldAsLongAsItsRulesAreUnknown(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q " + OFF, "Q " + EITHER);
    acme.server().sees("Q " + OFF, "Q " + EITHER).says("E 22023", "Z I");
    acme.gets("E 22023", "Z I");
    isWithheld(acme, true);
    acme.sends("Q " + EITHER).server().sees("Q " + EITHER); // the server has told by now
    isWithheld(acme, false);
  }

  @WireTest
  void textThatReadsTheSameByAllRulesIsNotWithheld(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q " + OFF, "Q select 'a'");
    acme.server().sees("Q " + OFF, "Q select 'a'").says("E 22023", "Z I");
    acme.gets("E 22023", "Z I");
    isWithheld(acme, false);
  }

  @WireTest
  void textThatLeadsAwayByTheNewRulesIsHeld(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q " + OFF).server().sees("Q " + OFF).has("standard_conforming_strings", "off");
    acme.server().says("S standard_conforming_strings=off", "C SET", "Z I");
    acme.gets("S standard_conforming_strings=off", "C SET", "Z I");
    acme.sends("Q " + EITHER).getsNothing();
    acme.server().seesNothing();
    wire.migrate();
    acme.server().sees("Q " + EITHER).has("search_path", "tenant_globex");
    acme.server().says("T", "D 1", "C SELECT 1", "C SET", "Z I");
    acme.gets("T", "D 1", "C SELECT 1", "C SET", "Z I");
    acme.sends("Q select 'a'").server().sees("Q select 'a'");
    isWithheld(acme, false);
  }
}

package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.GateSettings;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts and answers that are too long to be kept: they are looked at beside the event loop ({@link
 * LongLook}) or go on as they come ({@link LongText}), and answers through a file.
 */
class LargeMessagesTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest(large = true)
  void aLongTextIsRun(Wire wire) {
    for (int bytes : new int[] {70_000, 300_000, 2_000_000}) {
      ScriptedClient acme = wire.client("acme");
      String text = "select '" + "x".repeat(bytes) + "'";
      acme.runs("Q " + text, SELECTED);
      acme.runs("P - " + text + " & B - & E & S", "1", "2", "D 1", "C SELECT 1", "Z I");
      acme.runs("Q select 1", SELECTED);
    }
  }

  @WireTest(large = true)
  void aLongTextThatSwitchesIsHeld(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    String text = "set search_path to tenant_globex; select '" + "x".repeat(300_000) + "'";
    acme.sends("Q " + text).getsNothing();
    wire.migrate();
    acme.server().sees("Q " + text).has("search_path", "tenant_globex");
    acme.server().says("C SET", "T", "D x", "C SELECT 1", "Z I");
    acme.gets("C SET", "T", "D x", "C SELECT 1", "Z I");
  }

  @WireTest(large = true)
  void aTextThatIsTooLongToBeHeldIsRefused(Wire wire) {
    wire.settings().qualified(GateSettings.Qualified.HOLD);
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select '" + "x".repeat(2_000_000) + "' from tenant_globex.site");
    acme.endsWith("E! 57P03 a statement names schemas of tenants that aren't up to date");
    wire.servers().forEach(ScriptedServer::seesNothing); // its end was never sent
  }

  @WireTest(large = true)
  void aLongAnswerGoesThroughAFile(Wire wire) {
    wire.unproven("go").lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select go()");
    ScriptedServer server = acme.server().sees("Q select go()").says("T");
    List<String> expected = new ArrayList<>(List.of("T ?column?"));
    for (int i = 0; i < 60; i++) {
      String row = "D " + "x".repeat(50_000) + i;
      server.says(row);
      expected.add(row);
    }
    acme.getsNothing();
    server.says("C SELECT 60", "Z I");
    expected.addAll(List.of("C SELECT 60", "Z I"));
    assertThat(acme.takesAll()).containsExactlyElementsOf(expected);
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(large = true)
  void aClientLeavesWhileItsAnswerIsInAFile(Wire wire) {
    wire.unproven("go").lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select go()");
    ScriptedServer server = acme.server().sees("Q select go()").says("T");
    for (int i = 0; i < 60; i++) {
      server.says("D " + "x".repeat(50_000));
    }
    acme.leaves();
    server.says("C SELECT 60", "Z I");
    acme.getsNothing();
  }

  @WireTest(large = true)
  void aClientThatIsHeldIsReadOnlySoFar(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set search_path to tenant_globex");
    int sent = 0;
    while (acme.isRead() && sent < 200) {
      acme.sends("Q select '" + "x".repeat(10_000) + "'");
      sent++;
    }
    assertThat(acme.isRead()).as("the client is read").isFalse();
    wire.migrate();
    acme.server().hasSeen(sent + 1).has("search_path", "tenant_globex").says("C SET", "Z I");
    for (int i = 0; i < sent; i++) {
      acme.server().says(SELECTED);
    }
    assertThat(acme.takesAll()).hasSize(2 + 4 * sent);
    assertThat(acme.isRead()).as("the client is read").isTrue();
  }
}

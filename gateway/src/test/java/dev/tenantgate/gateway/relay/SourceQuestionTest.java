package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * A {@link SourceQuestion}: a value that the client's statements don't explain is carried if its
 * session has set it, and left to the server if it is the server's own.
 */
class SourceQuestionTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** The client has set a parameter, and has it put back: which the answer doesn't show. */
  private static ScriptedServer putsBack(ScriptedClient client) {
    client.sends("Q set work_mem to '8MB'");
    ScriptedServer server = client.server().sees("Q set work_mem to '8MB'").has("work_mem", "8MB");
    server.says("C SET", "Z I");
    client.gets("C SET", "Z I");
    client.sends("Q reset work_mem").server().sees("Q reset work_mem");
    return server;
  }

  @WireTest(Mode.TRANSACTION)
  void valueThatASessionHasSetIsCarried(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedServer server = putsBack(acme).says("C RESET", "Z I");
    acme.gets("C RESET", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(server.setting("work_mem")).isEqualTo("null");
    acme.runs("Q select 1", SELECTED);
    assertThat(server.setting("work_mem")).isEqualTo("8MB");
  }

  @WireTest(Mode.TRANSACTION)
  void valueOfTheServersIsNot(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedServer server = putsBack(acme);
    wire.serverDefault("work_mem", "8MB");
    server.hasDefault("work_mem").says("C RESET", "Z I");
    acme.gets("C RESET", "Z I");
    wire.serverDefault("work_mem", "32MB");
    wire.client("globex").runs("Q select 1", SELECTED);
    acme.runs("Q select 1", SELECTED);
    assertThat(server.setting("work_mem")).isEqualTo("32MB");
  }
}

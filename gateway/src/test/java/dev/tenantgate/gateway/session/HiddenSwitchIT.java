package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.testing.HiddenSwitches.LEADING_AWAY;
import static dev.tenantgate.gateway.testing.HiddenSwitches.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.HiddenSwitches;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A statement leads to a tenant that lags, without showing it, and others of the same exchange read
 * there: nothing of that gets out, on servers that report where they are and on those that don't.
 */
class HiddenSwitchIT {

  @TempDir Path migrations;
  private TestDatabase database;

  @BeforeEach
  void makeTenants() {
    database = HiddenSwitches.prepare(true, migrations);
  }

  @AfterEach
  void dropTenants() {
    database.close();
  }

  /** Acme is current, globex isn't; who gets there is refused. */
  private GatewayFixture strict() throws Exception {
    try (GatewayFixture migrating = GatewayFixture.start(database, migrations, Map.of())) {
      migrating.connect("acme").close();
    }
    GatewayFixture gateway =
        GatewayFixture.start(database, migrations, Map.of("gate.policy", "reject"));
    // Whether the functions have been looked at shows by what becomes of a call.
    await()
        .untilAsserted(
            () -> {
              try (SocketClient client = login(gateway)) {
                client.sends("Q SELECT public.go_on(); SELECT 2");
                assertThat(Frame.types(client.readUntil('E'))).doesNotContain("D");
              }
            });
    return gateway;
  }

  private SocketClient login(GatewayFixture gateway) throws Exception {
    SocketClient client = SocketClient.connect(gateway.port());
    client.startsUp(
        Map.of(
            "user", "postgres", "database", database.name(), "search_path", "tenant_acme,public"));
    client.readUntil('Z');
    return client;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingOfItGetsOut(boolean latest) throws Exception {
    if (!latest) {
      database.close();
      database = HiddenSwitches.prepare(false, migrations);
    }
    try (GatewayFixture gateway = strict()) {
      List<String> ways = new ArrayList<>(LEADING_AWAY);
      ways.add("BEGIN; SELECT GO('globex'); " + READ);
      for (String sql : ways) {
        try (SocketClient client = login(gateway)) {
          client.sends("Q " + sql);
          List<Frame> answer = client.readUntil('E');
          assertThat(Frame.types(answer)).as(sql).doesNotContain("D");
          Frame error = answer.get(answer.size() - 1);
          assertThat(error.field('C')).as(sql).isEqualTo("57P03");
        }
      }
    }
  }

  @Test
  void whatStaysWhereItIsGetsOutWhole() throws Exception {
    try (GatewayFixture gateway = strict();
        SocketClient client = login(gateway)) {
      client.sends("Q SELECT public.go('acme'); " + READ);
      assertThat(Frame.types(client.readUntil('Z')).replace("S", "")).isEqualTo("TDCTDDDCZ");
      // It is there already: a server that reports where it is has nothing to report.
      client.sends("Q SELECT public.go('acme'); " + READ);
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TDCTDDDCZ");
      client.sends("Q SELECT public.go('acme'); SELECT nothing");
      assertThat(Frame.types(client.readUntil('Z')).replace("S", "")).isEqualTo("TDCEZ");
    }
  }

  /** The client has to send something in the middle of it. */
  @Test
  void copiedDataAndFlushesAreAsked() throws Exception {
    try (GatewayFixture gateway = strict();
        SocketClient client = login(gateway)) {
      client.sends("Q DO $$ BEGIN END $$; COPY secret(mark) FROM STDIN");
      assertThat(Frame.types(client.readUntil('G'))).isEqualTo("CG");
      client.sends("c");
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("CZ");

      byte[] text = "SELECT public.go('acme')".getBytes(StandardCharsets.US_ASCII);
      byte[] parse = new byte[text.length + 4];
      System.arraycopy(text, 0, parse, 1, text.length);
      client.sends(new Frame('P', parse));
      client.sends("B -");
      client.sends("E");
      client.sends("H");
      client.readUntil('C');
      client.sends("S");
      client.readUntil('Z');
    }
  }
}

package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.testing.HiddenSwitches.LEADING_AWAY;
import static dev.tenantgate.gateway.testing.HiddenSwitches.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient.Message;
import dev.tenantgate.gateway.testing.HiddenSwitches;
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
              try (RawClient client = login(gateway)) {
                client.send(RawClient.query("SELECT public.go_on(); SELECT 2"));
                assertThat(RawClient.types(client.readUntil('E'))).doesNotContain("D");
              }
            });
    return gateway;
  }

  private RawClient login(GatewayFixture gateway) throws Exception {
    RawClient client = new RawClient(gateway.port());
    client.send(
        RawClient.startup(
            Map.of(
                "user",
                "postgres",
                "database",
                database.name(),
                "search_path",
                "tenant_acme,public")));
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
        try (RawClient client = login(gateway)) {
          client.send(RawClient.query(sql));
          List<Message> answer = client.readUntil('E');
          assertThat(RawClient.types(answer)).as(sql).doesNotContain("D");
          Message error = answer.get(answer.size() - 1);
          assertThat(error.field('C')).as(sql).isEqualTo("57P03");
        }
      }
    }
  }

  @Test
  void whatStaysWhereItIsGetsOutWhole() throws Exception {
    try (GatewayFixture gateway = strict();
        RawClient client = login(gateway)) {
      client.send(RawClient.query("SELECT public.go('acme'); " + READ));
      assertThat(RawClient.types(client.readUntil('Z')).replace("S", "")).isEqualTo("TDCTDDDCZ");
      // It is there already: a server that reports where it is has nothing to report.
      client.send(RawClient.query("SELECT public.go('acme'); " + READ));
      assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("TDCTDDDCZ");
      client.send(RawClient.query("SELECT public.go('acme'); SELECT nothing"));
      assertThat(RawClient.types(client.readUntil('Z')).replace("S", "")).isEqualTo("TDCEZ");
    }
  }

  /** The client has to send something in the middle of it. */
  @Test
  void copiedDataAndFlushesAreAsked() throws Exception {
    try (GatewayFixture gateway = strict();
        RawClient client = login(gateway)) {
      client.send(RawClient.query("DO $$ BEGIN END $$; COPY secret(mark) FROM STDIN"));
      assertThat(RawClient.types(client.readUntil('G'))).isEqualTo("CG");
      client.send(RawClient.message('c', new byte[0]));
      assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("CZ");

      byte[] text = "SELECT public.go('acme')".getBytes(StandardCharsets.US_ASCII);
      byte[] parse = new byte[text.length + 4];
      System.arraycopy(text, 0, parse, 1, text.length);
      client.send(RawClient.message('P', parse));
      client.send(RawClient.message('B', new byte[8]));
      client.send(RawClient.message('E', new byte[5]));
      client.send(RawClient.message('H', new byte[0]));
      client.readUntil('C');
      client.send(RawClient.message('S', new byte[0]));
      client.readUntil('Z');
    }
  }
}

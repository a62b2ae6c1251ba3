package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.testing.HiddenSwitches.LEADING_AWAY;
import static dev.tenantgate.gateway.testing.HiddenSwitches.READ;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.HiddenSwitches;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A statement leads to a tenant that lags, without showing it, and others read there: nothing of
 * that gets out in transaction pooling either, whether the server reports where it is or not.
 */
class PooledHiddenSwitchIT {

  @TempDir Path migrations;
  private @Nullable TestDatabase prepared;

  private TestDatabase database() {
    return requireNonNull(prepared);
  }

  @AfterEach
  void dropTenants() {
    database().close();
  }

  /** Acme is current, globex isn't. */
  private GatewayFixture gateway(String policy) throws Exception {
    try (GatewayFixture migrating = start("hold")) {
      client(migrating).close();
    }
    GatewayFixture gateway = start(policy);
    awaitLook(gateway);
    return gateway;
  }

  private GatewayFixture start(String policy) {
    return GatewayFixture.start(
        database(),
        migrations,
        new HashMap<>(
            Map.of(
                "pool.mode", "transaction",
                "pool.size", "2",
                "auth.method", "trust",
                "gate.policy", policy)));
  }

  /** Whether the functions have been looked at shows by what is withheld. */
  private void awaitLook(GatewayFixture gateway) {
    await()
        .untilAsserted(
            () -> {
              try (SocketClient client = client(gateway)) {
                client.sends("Q SELECT public.go('initech'); SELECT 2");
                assertThat(client.until('E')).hasSize(1);
              }
            });
  }

  private SocketClient client(GatewayFixture gateway) {
    return SocketClient.login(gateway.port(), database().name(), "tenant_acme,public", Map.of());
  }

  /** Without the shape of the rows, and without reports, which only some servers send. */
  private static List<String> told(List<String> answers) {
    return answers.stream().filter(each -> !each.equals("T") && !each.startsWith("S ")).toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingOfItGetsOut(boolean latest) throws Exception {
    prepared = HiddenSwitches.prepare(latest, migrations);
    try (GatewayFixture gateway = gateway("reject")) {
      List<String> ways = new ArrayList<>(LEADING_AWAY);
      ways.add("PREPARE p AS SELECT public.go_on(); EXECUTE p; " + READ);
      for (String sql : ways) {
        try (SocketClient client = client(gateway)) {
          client.sends("Q " + sql);
          assertThat(client.until('E')).as(sql).containsExactly("E 57P03");
        }
      }
      try (SocketClient client = client(gateway)) {
        client
            .sends("P - SELECT public.go('globex')", "B -", "E", "P - " + READ, "B -", "E", "S")
            .gets("E 57P03");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOpenTransactionFailsAndTheSessionGoesOn(boolean latest) throws Exception {
    prepared = HiddenSwitches.prepare(latest, migrations);
    try (GatewayFixture gateway = gateway("reject");
        SocketClient client = client(gateway)) {
      assertThat(told(client.query("BEGIN; SELECT GO('globex'); " + READ)))
          .containsExactly("E 57P03", "Z E");
      assertThat(client.query("ROLLBACK")).contains("C ROLLBACK", "Z I");
      assertThat(client.value(READ)).isEqualTo("acme");

      client.query("BEGIN");
      assertThat(told(client.query("SELECT public.go('globex')")))
          .containsExactly("E 57P03", "Z E");
      client.sends("Q " + READ).gets("E 25P02", "Z E");
      assertThat(client.query("ROLLBACK")).contains("Z I");

      client.query("BEGIN");
      assertThat(
              told(
                  client
                      .sends(
                          "P there SELECT public.go('globex')",
                          "B there",
                          "E",
                          "P - " + READ,
                          "B -",
                          "E",
                          "S",
                          "Q " + READ)
                      .until('Z', 2)))
          .containsExactly("1", "2", "E 57P03", "Z E", "E 25P02", "Z E");
      client.query("ROLLBACK");
      assertThat(client.value(READ)).isEqualTo("acme");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatStaysWhereItIsGetsOutWhole(boolean latest) throws Exception {
    prepared = HiddenSwitches.prepare(latest, migrations);
    try (GatewayFixture gateway = gateway("reject");
        SocketClient client = client(gateway)) {
      assertThat(client.query("SELECT public.go('acme'); " + READ)).contains("D acme", "Z I");
      assertThat(client.query("BEGIN; SELECT public.go('acme')")).contains("D ", "Z T");
      assertThat(client.query("SELECT public.go('acme'); SELECT nothing"))
          .contains("D ", "E 42703", "Z E");
      assertThat(client.query("ROLLBACK")).contains("Z I");
      assertThat(
              client
                  .sends(
                      "P - SELECT 1",
                      "B -",
                      "E",
                      "S",
                      "P - SELECT public.go('acme')",
                      "B -",
                      "E",
                      "S",
                      "Q SELECT 2")
                  .until('Z', 3))
          .filteredOn(answer -> answer.startsWith("D "))
          .containsExactly("D 1", "D ", "D 2");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoMayWaitIsHeldBehindTheSwitch(boolean latest) throws Exception {
    prepared = HiddenSwitches.prepare(latest, migrations);
    try (GatewayFixture gateway = gateway("hold");
        SocketClient client = client(gateway)) {
      client.query("BEGIN");
      assertThat(client.query("SELECT public.go('globex')")).contains("D ", "Z T");
      assertThat(client.query("SELECT mark, status FROM secret")).contains("D globex|new");
      assertThat(client.query("COMMIT")).contains("Z I");
      assertThat(client.value(READ)).isEqualTo("globex");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoHasReadAlreadyIsNotHeld(boolean latest) throws Exception {
    prepared = HiddenSwitches.prepare(latest, migrations);
    try (GatewayFixture gateway = gateway("hold")) {
      try (SocketClient client = client(gateway)) {
        assertThat(told(client.query("BEGIN; SELECT public.go('globex'); " + READ)))
            .containsExactly("E 57P03", "Z E");
      }
    }
  }

  /** The client has to send something in the middle of it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void copiedDataAndFlushesAreAsked(boolean latest) throws Exception {
    prepared = HiddenSwitches.prepare(latest, migrations);
    try (GatewayFixture gateway = gateway("reject");
        SocketClient client = client(gateway)) {
      client.sends("Q SELECT public.go('acme'); COPY secret(mark) FROM STDIN");
      assertThat(client.until('G')).contains("G");
      client.sends("d more\n", "c");
      assertThat(client.until('Z')).contains("C COPY 1", "Z I");

      client.sends("P - SELECT public.go('acme')", "B -", "E", "H");
      assertThat(client.until('C')).contains("D ");
      assertThat(client.sends("S").until('Z')).contains("Z I");
      assertThat(client.value("SELECT count(*) FROM secret")).isEqualTo("4");
    }
  }
}

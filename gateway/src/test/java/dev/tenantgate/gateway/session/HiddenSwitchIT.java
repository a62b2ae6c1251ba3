package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.testing.HiddenSwitches.LEADING_AWAY;
import static dev.tenantgate.gateway.testing.HiddenSwitches.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.HiddenSwitches;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A statement leads to a tenant that lags, without showing it, and others of the same exchange read
 * there: nothing of that gets out, in session and in transaction pooling, on servers that report
 * where they are and on those that don't.
 */
class HiddenSwitchIT {

  private static final String PATH = "tenant_acme,public";

  @TempDir static Path folder;

  private static final Map<String, TestDatabase> DATABASES = new HashMap<>();
  private static final Map<String, GatewayFixture> GATEWAYS = new HashMap<>();
  private static final Deque<Runnable> CLOSINGS = new ArrayDeque<>();

  /** The kind of pooling, and whether the server is the newest one. */
  @Retention(RetentionPolicy.RUNTIME)
  @ParameterizedTest
  @CsvSource({"session, true", "session, false", "transaction, true", "transaction, false"})
  private @interface Everywhere {}

  /** A gateway that is in use by all tests, where who gets to globex is refused. */
  private static SocketClient strict(String mode, boolean latest) throws Exception {
    String place = mode + latest;
    GatewayFixture gateway = GATEWAYS.get(place);
    if (gateway == null) {
      gateway = start("strict" + latest, mode, latest, "reject");
      GATEWAYS.put(place, gateway);
    }
    return SocketClient.login(gateway.port(), database("strict" + latest).name(), PATH, Map.of());
  }

  /** Acme is current, globex isn't. */
  private static GatewayFixture start(String name, String mode, boolean latest, String policy)
      throws Exception {
    Path migrations = folder.resolve(name);
    if (!DATABASES.containsKey(name)) {
      TestDatabase made = HiddenSwitches.prepare(latest, migrations);
      DATABASES.put(name, made);
      CLOSINGS.push(made::close);
    }
    TestDatabase database = database(name);
    try (GatewayFixture migrating = GatewayFixture.start(database, migrations, Map.of())) {
      migrating.connect("acme").close();
    }
    GatewayFixture gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of(
                "pool.mode",
                mode,
                "pool.size",
                "2",
                "auth.method",
                "trust",
                "gate.policy",
                policy));
    CLOSINGS.push(gateway::close);
    awaitLook(gateway, database);
    return gateway;
  }

  private static TestDatabase database(String name) {
    return Objects.requireNonNull(DATABASES.get(name));
  }

  /** Whether the functions have been looked at shows by what becomes of a call. */
  private static void awaitLook(GatewayFixture gateway, TestDatabase database) {
    await()
        .untilAsserted(
            () -> {
              try (SocketClient client =
                  SocketClient.login(gateway.port(), database.name(), PATH, Map.of())) {
                client.sends("Q SELECT public.go('initech'); SELECT 2");
                assertThat(client.until('E')).noneMatch(answer -> answer.startsWith("D"));
              }
            });
  }

  @AfterAll
  static void stop() {
    CLOSINGS.forEach(Runnable::run);
  }

  /** Without the shape of the rows, and without reports, which only some servers send. */
  private static List<String> told(List<String> answers) {
    return answers.stream().filter(each -> !each.equals("T") && !each.startsWith("S ")).toList();
  }

  @Everywhere
  void nothingOfItGetsOut(String mode, boolean latest) throws Exception {
    List<String> ways = new ArrayList<>();
    LEADING_AWAY.forEach(sql -> ways.add("Q " + sql));
    ways.add("Q PREPARE p AS SELECT public.go_on(); EXECUTE p; " + READ);
    ways.add("P - SELECT public.go('globex') & B - & E & P - " + READ + " & B - & E & S");
    for (String way : ways) {
      try (SocketClient client = strict(mode, latest)) {
        assertThat(client.sends(way).until('E')).as(way).containsExactly("E 57P03");
      }
    }
  }

  @Everywhere
  void anOpenTransactionFailsAndTheSessionGoesOn(String mode, boolean latest) throws Exception {
    try (SocketClient client = strict(mode, latest)) {
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
      client.sends("P there SELECT public.go('globex')", "B there", "E");
      client.sends("P - " + READ, "B -", "E", "S", "Q " + READ);
      assertThat(told(client.until('Z', 2)))
          .containsExactly("1", "2", "E 57P03", "Z E", "E 25P02", "Z E");
      client.query("ROLLBACK");
      assertThat(client.value(READ)).isEqualTo("acme");
    }
  }

  /** Also where the session is there already, and the server has nothing to report. */
  @Everywhere
  void whatStaysWhereItIsGetsOutWhole(String mode, boolean latest) throws Exception {
    try (SocketClient client = strict(mode, latest)) {
      for (int i = 0; i < 2; i++) {
        assertThat(told(client.query("SELECT public.go('acme'); " + READ + " LIMIT 2")))
            .containsExactly("D ", "C SELECT 1", "D acme", "D acme", "C SELECT 2", "Z I");
      }
      assertThat(client.query("BEGIN; SELECT public.go('acme')")).contains("D ", "Z T");
      assertThat(client.query("SELECT public.go('acme'); SELECT nothing"))
          .contains("D ", "E 42703", "Z E");
      assertThat(client.query("ROLLBACK")).contains("Z I");
      client.sends("P - SELECT 1", "B -", "E", "S");
      client.sends("P - SELECT public.go('acme')", "B -", "E", "S", "Q SELECT 2");
      assertThat(client.until('Z', 3))
          .filteredOn(answer -> answer.startsWith("D "))
          .containsExactly("D 1", "D ", "D 2");
    }
  }

  /** The client has to send something in the middle of it. */
  @Everywhere
  void copiedDataAndFlushesAreAsked(String mode, boolean latest) throws Exception {
    try (SocketClient client = strict(mode, latest)) {
      client.sends("Q SELECT public.go('acme'); COPY secret(mark) FROM STDIN");
      assertThat(client.until('G')).contains("G");
      client.sends("d " + mode + "\n", "c");
      assertThat(client.until('Z')).contains("C COPY 1", "Z I");

      String copy = "COPY secret(mark) FROM STDIN WHERE (public.go('acme') IS NULL) IS NOT NULL";
      client.sends("P - " + copy, "B -", "E", "S");
      assertThat(client.until('G')).contains("G");
      client.sends("d " + mode + "\n", "c", "S");
      assertThat(client.until('Z')).contains("C COPY 1", "Z I");

      client.sends("P - SELECT public.go('acme')", "B -", "E", "H");
      assertThat(client.until('C')).contains("D ");
      assertThat(client.sends("S").until('Z')).contains("Z I");
      assertThat(client.query("DELETE FROM secret WHERE mark = '" + mode + "'"))
          .contains("C DELETE 2");
    }
  }

  @Everywhere
  void whoMayWaitIsHeldBehindTheSwitchUnlessItHasRead(String mode, boolean latest)
      throws Exception {
    String name = "held-" + mode + latest;
    GatewayFixture gateway = start(name, mode, latest, "hold");
    try (SocketClient client =
        SocketClient.login(gateway.port(), database(name).name(), PATH, Map.of())) {
      assertThat(told(client.query("BEGIN; SELECT public.go('globex'); " + READ)))
          .containsExactly("E 57P03", "Z E");
      client.query("ROLLBACK");
      client.query("BEGIN");
      assertThat(client.query("SELECT public.go('globex')")).contains("D ", "Z T");
      assertThat(client.query("SELECT mark, status FROM secret")).contains("D globex|new");
      assertThat(client.query("COMMIT")).contains("Z I");
      assertThat(client.value(READ)).isEqualTo("globex");
    }
  }
}

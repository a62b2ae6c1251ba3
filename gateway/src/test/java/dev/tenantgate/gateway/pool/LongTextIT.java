package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.HiddenSwitches;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Texts longer than what is kept are scanned as they stream: they neither pin nor are suspected,
 * unless they name something that may switch.
 */
class LongTextIT {

  /** Text that looks like a switch, in data. */
  private static final String DATA =
      "; SET search_path = tenant_globex; SELECT public.go(1); CREATE TEMP TABLE x; LISTEN y; ";

  private static final String LONG_ANSWER =
      "SELECT repeat('x', 1000) FROM generate_series(1, 3000)";

  @TempDir static Path migrations;
  private static TestDatabase database;

  @SuppressWarnings("NullAway.Init") // each test begins with it
  private GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    database = HiddenSwitches.prepare(true, migrations);
    try (GatewayFixture migrating = GatewayFixture.start(database, migrations, Map.of())) {
      migrating.connect("acme").close();
    }
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  /** Withheld answers have no room: an answer that is withheld would show. */
  private void gateway(String mode, Map<String, String> more) {
    Map<String, String> all = new HashMap<>(more);
    all.put("pool.mode", mode);
    all.put("pool.size", "1");
    all.put("pool.wait-timeout", "3s");
    all.put("auth.method", "trust");
    all.put("gate.policy", "reject");
    all.put("gate.max-withheld-megabytes", "1");
    gateway = GatewayFixture.start(database, migrations, all);
    await()
        .untilAsserted(
            () -> {
              try (SocketClient client = client()) {
                client.sends("Q SELECT public.go('globex'); SELECT 2");
                assertThat(client.until('E')).hasSize(1);
              }
            });
  }

  private SocketClient client() {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme,public", Map.of());
  }

  private static String data(int bytes) {
    return DATA.repeat(bytes / DATA.length());
  }

  /** Longer than what is kept in this mode. */
  private static String longer(String mode) {
    return data(mode.equals("session") ? 17 << 20 : 2 << 20);
  }

  private void isNotPinned(SocketClient client) {
    try (SocketClient other = client()) {
      assertThat(other.value("SELECT 7")).isEqualTo("7");
    }
    assertThat(client.value("SELECT 8")).isEqualTo("8");
  }

  @Test
  void theyDoNotPin() throws Exception {
    gateway("transaction", Map.of());
    try (SocketClient client = client()) {
      for (String sql :
          List.of(
              "SELECT length('%s')".formatted(data(3 << 20)),
              "SELECT length($q$%s$q$) -- %s".formatted(data(1 << 20), data(1 << 20)),
              "BEGIN; SELECT /* %s */ 1; COMMIT".formatted(data(2 << 20)),
              "SELECT count(*) FROM (VALUES %s(1, 'temp')) v"
                  .formatted("(2, 'begin'),".repeat(200_000)))) {
        assertThat(client.query(sql)).last().asString().isEqualTo("Z I");
        isNotPinned(client);
        client.sends("P - " + (sql.startsWith("BEGIN") ? "SELECT 1" : sql), "B -", "E", "S");
        assertThat(client.until('Z')).startsWith("1", "2").endsWith("Z I");
        isNotPinned(client);
      }
    }
  }

  /** As a driver does that describes a statement before it binds it. */
  @Test
  void oneThatIsPreparedIsThereWhenItIsBoundLater() throws Exception {
    gateway("transaction", Map.of());
    String sql = "SELECT length('%s')".formatted(data(2 << 20));
    try (SocketClient client = client()) {
      client.sends("P - " + sql, "D S -", "S");
      assertThat(client.until('Z')).startsWith("1").endsWith("Z I");
      try (SocketClient other = client()) {
        other.sends("Q SELECT 7"); // waits
        client.sends("B -", "E", "S");
        assertThat(client.until('Z')).contains("2", "C SELECT 1").endsWith("Z I");
        assertThat(other.until('Z')).contains("D 7");
      }
    }
  }

  @Test
  void oneThatIsPreparedUnderANamePinsUntilItIsGone() throws Exception {
    gateway("transaction", Map.of());
    String sql = "SELECT length('%s')".formatted(data(2 << 20));
    try (SocketClient client = client()) {
      for (String end : List.of("", "DEALLOCATE big", "DISCARD ALL")) {
        client.sends("P big " + sql, "D S big", "S");
        assertThat(client.until('Z')).startsWith("1").endsWith("Z I");
        client.sends("B big", "E", "S");
        assertThat(client.until('Z')).contains("2", "C SELECT 1").endsWith("Z I");
        if (end.isEmpty()) {
          client.sends("C S big", "S");
        } else {
          client.sends("Q " + end);
        }
        client.until('Z');
        isNotPinned(client);
      }
    }
  }

  @Test
  void oneThatFailsLeavesNothing() throws Exception {
    gateway("transaction", Map.of());
    try (SocketClient client = client()) {
      client.sends("P big SELEC '%s'".formatted(data(2 << 20)), "S").gets("E 42601", "Z I");
      isNotPinned(client);
    }
  }

  /** The client keeps the setting, on whichever backend. */
  @ParameterizedTest
  @ValueSource(strings = {"", "big"})
  void oneThatIsBoundLaterIsAskedWhatItSet(String name) throws Exception {
    gateway("transaction", Map.of());
    String sql =
        "SELECT set_config('work_mem', '77MB', false) WHERE '%s' <> ''"
            .formatted(data(2 << 20).replace("'", ""));
    try (SocketClient client = client()) {
      client.sends("P " + name + " " + sql, "D S " + name, "S");
      client.until('Z');
      client.sends("B " + name, "E", "S");
      assertThat(client.until('Z')).contains("D 77MB");
      client.sends("C S " + name, "S");
      client.until('Z');
      client.value("SELECT 1");
      try (SocketClient other = client()) {
        assertThat(other.value("SELECT current_setting('work_mem')")).isNotEqualTo("77MB");
      }
      assertThat(client.value("SELECT current_setting('work_mem')")).isEqualTo("77MB");
    }
  }

  @BothModes
  void theyAreNotSuspected(String mode) throws Exception {
    gateway(mode, Map.of());
    String text = "SELECT length('%s'); %s".formatted(longer(mode), LONG_ANSWER);
    try (SocketClient client = client()) {
      assertThat(client.query(text)).hasSizeGreaterThan(3_000).last().asString().isEqualTo("Z I");
      client.query("BEGIN");
      assertThat(client.query(text)).hasSizeGreaterThan(3_000).last().asString().isEqualTo("Z T");
      client.query("ROLLBACK");
      client.sends("Q " + text, "Q SELECT 'behind'");
      assertThat(client.until('Z', 2)).contains("D behind");
    }
  }

  @BothModes
  void aSwitchAtTheirEndIsFound(String mode) throws Exception {
    gateway(mode, Map.of());
    for (String begin : List.of("", "BEGIN; ")) {
      for (String hidden :
          List.of(
              "SELECT public.go('globex')",
              "SET search_path = tenant_globex",
              "TABLE public.window")) {
        try (SocketClient client = client()) {
          client.sends(
              "Q "
                  + (begin
                      + "SELECT length('%s'); ".formatted(longer(mode))
                      + hidden
                      + "; "
                      + HiddenSwitches.READ));
          assertThat(client.until('E')).as(begin + hidden).containsExactly("E 57P03");
        }
      }
    }
  }

  /** Half of it is sent already, and the server never sees the rest. */
  @Test
  void oneThatMayNotBeSentIsNeverRun() throws Exception {
    gateway("transaction", Map.of("tenants.switching", "deny"));
    try (SocketClient client = client()) {
      client
          .sends(
              "Q INSERT INTO public.trap SELECT 5 WHERE '%s' <> ''; DO 'begin end'"
                  .formatted(data(2 << 20).replace("'", "")))
          .gets("E 42501");
    }
    assertThat(database.value("SELECT count(*) FROM public.trap WHERE id = 5")).isEqualTo("0");
  }
}

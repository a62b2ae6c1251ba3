package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.testing.wire.FrontendNotation.functionCall;
import static dev.tenantgate.gateway.testing.wire.FrontendNotation.int4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.HiddenSwitches;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * Answers that have to be withheld are of any length: they come whole and in order where the
 * session may be where it is, and not at all where it may not.
 */
class LongAnswerIT {

  private static final int ROWS = 5_000;
  private static final String LONG =
      "SELECT i || repeat('x', 2000) FROM generate_series(1, %d) i".formatted(ROWS);

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

  private void gateway(String mode, Map<String, String> more) {
    Map<String, String> all = new HashMap<>(more);
    all.put("pool.mode", mode);
    all.put("pool.size", "2");
    all.put("auth.method", "trust");
    all.put("gate.policy", "reject");
    gateway = GatewayFixture.start(database, migrations, all);
    // Whether the functions have been looked at shows by what becomes of a call.
    await()
        .untilAsserted(
            () -> {
              try (SocketClient client = client()) {
                client.sends("Q SELECT public.go('globex'); SELECT 2").gets("E 57P03");
              }
            });
  }

  private SocketClient client() {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme,public", Map.of());
  }

  private static void areAllRows(List<String> answers, int from) {
    for (int i = 1; i <= ROWS; i++) {
      assertThat(answers.get(from + i - 1)).startsWith("D " + i + "xxx").endsWith("xxx");
    }
    assertThat(answers.get(from + ROWS)).isEqualTo("C SELECT " + ROWS);
  }

  private static List<String> withoutReports(List<String> answers) {
    return answers.stream().filter(each -> !each.startsWith("S ") && !each.equals("T")).toList();
  }

  @BothModes
  void theyComeWholeAndInOrder(String mode) throws Exception {
    gateway(mode, Map.of());
    try (SocketClient client = client()) {
      for (String switching :
          List.of(
              "DO $$ BEGIN END $$", "SELECT public.go('acme') LIMIT 0", "BEGIN; DO 'begin end'")) {
        List<String> answers =
            withoutReports(client.query(switching + "; " + LONG + "; SELECT 'end'"));
        int begin = answers.indexOf("D 1" + "x".repeat(2000));
        areAllRows(answers, begin);
        assertThat(answers.subList(begin + ROWS + 1, begin + ROWS + 3))
            .containsExactly("D end", "C SELECT 1");
        assertThat(client.query("ROLLBACK")).last().asString().isEqualTo("Z I");
        assertThat(client.value("SELECT 5")).isEqualTo("5");
      }
    }
  }

  /** Messages that the client sent behind a long answer's query are answered behind it. */
  @BothModes
  void whatFollowsIsAnsweredBehindThem(String mode) throws Exception {
    gateway(mode, Map.of());
    try (SocketClient client = client()) {
      client.sends(
          "Q " + LONG,
          "Q DO $$ BEGIN END $$; " + LONG,
          "Q SELECT 'between'",
          "Q DO $$ BEGIN END $$; " + LONG,
          "P - SELECT 'behind'",
          "B -",
          "E",
          "S");
      List<String> answers = withoutReports(client.until('Z', 5));
      areAllRows(answers, 0);
      int at = ROWS + 2;
      assertThat(answers.get(at)).isEqualTo("C DO");
      areAllRows(answers, at + 1);
      at += ROWS + 3;
      assertThat(answers.get(at)).isEqualTo("D between");
      at += 3;
      areAllRows(answers, at + 1);
      at += ROWS + 3;
      assertThat(answers.subList(at, answers.size()))
          .containsExactly("1", "2", "D behind", "C SELECT 1", "Z I");
    }
  }

  @BothModes
  void nothingOfThemGetsOutWhereTheSessionMayNotBe(String mode) throws Exception {
    gateway(mode, Map.of());
    for (String begin : List.of("", "BEGIN; ")) {
      try (SocketClient client = client()) {
        client.sends("Q " + (begin + "SELECT public.go('globex'); " + LONG)).gets("E 57P03");
      }
    }
  }

  /** The client doesn't read: nobody's memory pays for that. */
  @BothModes
  void aSlowClientGetsThemAsItReads(String mode) throws Exception {
    gateway(mode, Map.of());
    try (SocketClient client = SocketClient.connect(gateway.port());
        SocketClient other = client()) {
      client.startsUp(
          Map.of(
              "user",
              "postgres",
              "database",
              database.name(),
              "search_path",
              "tenant_acme,public"));
      client.readUntil('Z');
      client.sends("Q DO $$ BEGIN END $$; " + LONG + "; " + LONG);
      Frame first = client.read();
      assertThat(first.type()).isEqualTo('C');
      assertThat(other.value("SELECT 1")).isEqualTo("1");
      long rows = client.readUntil('Z').stream().filter(each -> each.type() == 'D').count();
      assertThat(rows).isEqualTo(2L * ROWS);
    }
  }

  @BothModes
  void whatTheDiskHasNoRoomForIsToldClearly(String mode) throws Exception {
    gateway(mode, Map.of("gate.max-withheld-megabytes", "1"));
    for (int i = 0; i < 2; i++) {
      try (SocketClient client = client()) {
        client.sends("Q DO $$ BEGIN END $$; " + LONG).gets("E 53100");
      }
    }
    // The memory that they took is free again.
    try (SocketClient client = client()) {
      assertThat(
              client.query(
                  "DO $$ BEGIN END $$; SELECT repeat('x', 1000) FROM generate_series(1, 600)"))
          .last()
          .asString()
          .isEqualTo("Z I");
    }
  }

  /** Large objects are read by fast-path calls: they switch nothing, and stream. */
  @BothModes
  void onlyFunctionsThatSwitchAreSuspected(String mode) throws Exception {
    gateway(mode, Map.of("gate.max-withheld-megabytes", "1"));
    try (SocketClient client = client()) {
      client.query("BEGIN");
      String object =
          client.value("SELECT lo_from_bytea(0, convert_to(repeat('x', 20000000), 'SQL_ASCII'))");
      String descriptor = client.value("SELECT lo_open(" + object + ", 262144)");
      client
          .sends(functionCall(954, int4(Integer.parseInt(descriptor)), int4(20_000_000)))
          .gets("V", "Z T");
      client.query("ROLLBACK");
      int go = Integer.parseInt(client.value("SELECT 'public.go_on'::regproc::oid"));
      client.sends(functionCall(go)).gets("E 57P03");
    }
    try (SocketClient client = client()) {
      client
          .sends(functionCall(2078, bytes("search_path"), bytes("tenant_globex"), new byte[1]))
          .gets("E 57P03");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

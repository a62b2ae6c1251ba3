package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.HiddenSwitches;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A name means a statement that leads to a lagging tenant, although a message went by that would
 * have made it mean another: the server refused or skipped that. Nothing of that tenant gets out.
 */
class SkippedSwitchIT {

  private static final String GO = "SET search_path TO tenant_globex";
  private static final String SYNC = "S";
  private static final String FAILING = "P failing SELECT nonsense";
  private static final String RUN = join("B s", "E", SYNC);
  private static final String RUN_UNNAMED = join("B -", "E", SYNC);

  /** Messages, each line of them sent by itself. */
  private static final Map<String, List<String>> WAYS = new LinkedHashMap<>();

  static {
    way("a name that is taken", define(), join("P s SELECT 1", SYNC), RUN);
    way("a skipped Parse", define(), join(FAILING, "P s SELECT 1", SYNC), RUN);
    way("a skipped Close", define(), join(FAILING, "C S s", SYNC), RUN);
    way(
        "a skipped Parse without a name",
        join("P - " + GO, SYNC),
        join(FAILING, "P - SELECT 1", SYNC),
        RUN_UNNAMED);
    way(
        "a Query that is skipped, and what stands behind it",
        join("P - " + GO, SYNC),
        join(FAILING, "Q SELECT 2", "P - SELECT 1", SYNC),
        RUN_UNNAMED);
    way("all in one write", join(define(), FAILING, "P s SELECT 1", SYNC, RUN));
    way("a PREPARE of a name that is taken", define(), "Q PREPARE s AS SELECT 1", RUN);
    way(
        "a PREPARE behind what fails",
        define(),
        "Q SELECT 1/0; DEALLOCATE s; PREPARE s AS SELECT 1",
        RUN);
    way("a skipped DEALLOCATE", define(), join(FAILING, "Q DEALLOCATE s", SYNC), RUN);
    way("a skipped DISCARD", define(), join(FAILING, "Q DISCARD ALL", SYNC), RUN);
    way(
        "what is defined behind a DEALLOCATE that isn't answered yet",
        join("P s SELECT 1", SYNC),
        join("Q DEALLOCATE s", define(), RUN));
    way(
        "an Execute that is skipped, and sent again",
        define(),
        "Q BEGIN; SAVEPOINT a",
        join("B s@p", SYNC),
        "Q SAVEPOINT b",
        join(FAILING, "E p", SYNC),
        "Q ROLLBACK TO b",
        join("E p", SYNC));
    way(
        "a Bind that is skipped",
        join(define(), "P other SELECT 1", SYNC),
        "Q BEGIN",
        join("B s", SYNC),
        "Q SAVEPOINT b",
        join("B s@p", SYNC),
        "Q SAVEPOINT c",
        join(FAILING, "B other@p", SYNC),
        "Q ROLLBACK TO c",
        join("E p", SYNC));
    way("SQL executes it", define(), "Q EXECUTE s; " + HiddenSwitches.READ);
    way(
        "SQL executes it in a transaction",
        define(),
        "Q BEGIN",
        "Q EXECUTE s; " + HiddenSwitches.READ);
    way("a very long text", join("P s " + GO + " -- " + "x".repeat(1 << 20), SYNC), RUN);
  }

  @TempDir Path migrations;

  @ParameterizedTest
  @CsvSource({"session, true", "session, false", "transaction, true", "transaction, false"})
  void nothingOfItGetsOut(String mode, boolean latest) throws Exception {
    try (TestDatabase database = HiddenSwitches.prepare(latest, migrations)) {
      Map<String, String> settings = Map.of("pool.mode", mode, "auth.method", "trust");
      try (GatewayFixture migrating = GatewayFixture.start(database, migrations, settings)) {
        migrating.connect("acme").close();
      }
      Map<String, String> strict = new LinkedHashMap<>(settings);
      strict.put("gate.policy", "reject");
      SoftAssertions all = new SoftAssertions();
      try (GatewayFixture gateway = GatewayFixture.start(database, migrations, strict)) {
        for (Map.Entry<String, List<String>> way : WAYS.entrySet()) {
          try {
            all.assertThat(answers(gateway, database, way.getValue()))
                .as(way.getKey())
                .doesNotContain("globex");
          } catch (UncheckedIOException e) {
            throw new AssertionError(way.getKey(), e);
          }
        }
      }
      all.assertAll();
    }
  }

  /** The rows that a client reads behind it all, or why it can't. */
  private static String answers(GatewayFixture gateway, TestDatabase database, List<String> way)
      throws Exception {
    StringBuilder told = new StringBuilder();
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(
          Map.of(
              "user", "postgres",
              "database", database.name(),
              "search_path", "tenant_acme,public"));
      client.readUntil('Z');
      int sent = 0;
      for (String messages : way) {
        client.sends(messages);
        sent += ends(messages);
      }
      client.sends("Q " + HiddenSwitches.READ);
      for (int ready = 0; ready <= sent; ) {
        Frame message = client.read();
        if (message.type() == 'Z') {
          ready++;
        } else if (message.type() == 'D') {
          told.append(new String(message.body(), StandardCharsets.UTF_8));
        } else if (message.type() == '\0' || message.type() == '!') {
          return told.append(" ended").toString();
        }
      }
    }
    return told.toString();
  }

  /** How many ReadyForQuery answer messages, at least. */
  private static int ends(String messages) {
    int ends = 0;
    boolean batch = false;
    for (String message : messages.split(" & ", -1)) {
      char type = message.charAt(0);
      ends += type == 'S' || (type == 'Q' && !batch) ? 1 : 0;
      batch = (type != 'S' && type != 'Q') || (type == 'Q' && batch);
    }
    return ends;
  }

  private static void way(String name, String... lines) {
    WAYS.put(name, List.of(lines));
  }

  private static String join(String... parts) {
    return String.join(" & ", parts);
  }

  private static String define() {
    return join("P s " + GO, SYNC);
  }

  /** The ways do lead there where nobody holds them back. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void withoutAGateTheyLeadThere(boolean latest) throws Exception {
    try (TestDatabase database = HiddenSwitches.prepare(latest, migrations);
        GatewayFixture gateway =
            GatewayFixture.start(database, migrations, Map.of("gate.policy", "warn"))) {
      for (Map.Entry<String, List<String>> way : WAYS.entrySet()) {
        assertThat(answers(gateway, database, way.getValue())).as(way.getKey()).contains("globex");
      }
    }
  }
}

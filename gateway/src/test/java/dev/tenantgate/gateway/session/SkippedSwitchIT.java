package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.session.RawClient.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient.Message;
import dev.tenantgate.gateway.testing.HiddenSwitches;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.io.IOException;
import java.nio.ByteBuffer;
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
  private static final byte[] SYNC = RawClient.message('S', new byte[0]);
  private static final byte[] FAILING = parse("failing", "SELECT nonsense");
  private static final byte[] RUN = SwitchGround.join(bind("s"), execute(""), SYNC);
  private static final byte[] RUN_UNNAMED = SwitchGround.join(bind(""), execute(""), SYNC);

  /** Messages, each line of them sent by itself. */
  private static final Map<String, List<byte[]>> WAYS = new LinkedHashMap<>();

  static {
    way("a name that is taken", define(), join(parse("s", "SELECT 1"), SYNC), RUN);
    way("a skipped Parse", define(), join(FAILING, parse("s", "SELECT 1"), SYNC), RUN);
    way("a skipped Close", define(), join(FAILING, close("s"), SYNC), RUN);
    way(
        "a skipped Parse without a name",
        join(parse("", GO), SYNC),
        join(FAILING, parse("", "SELECT 1"), SYNC),
        RUN_UNNAMED);
    way(
        "a Query that is skipped, and what stands behind it",
        join(parse("", GO), SYNC),
        join(FAILING, query("SELECT 2"), parse("", "SELECT 1"), SYNC),
        RUN_UNNAMED);
    way("all in one write", join(define(), FAILING, parse("s", "SELECT 1"), SYNC, RUN));
    way("a PREPARE of a name that is taken", define(), query("PREPARE s AS SELECT 1"), RUN);
    way(
        "a PREPARE behind what fails",
        define(),
        query("SELECT 1/0; DEALLOCATE s; PREPARE s AS SELECT 1"),
        RUN);
    way("a skipped DEALLOCATE", define(), join(FAILING, query("DEALLOCATE s"), SYNC), RUN);
    way("a skipped DISCARD", define(), join(FAILING, query("DISCARD ALL"), SYNC), RUN);
    way(
        "what is defined behind a DEALLOCATE that isn't answered yet",
        join(parse("s", "SELECT 1"), SYNC),
        join(query("DEALLOCATE s"), define(), RUN));
    way(
        "an Execute that is skipped, and sent again",
        define(),
        query("BEGIN; SAVEPOINT a"),
        join(bindPortal("p", "s"), SYNC),
        query("SAVEPOINT b"),
        join(FAILING, execute("p"), SYNC),
        query("ROLLBACK TO b"),
        join(execute("p"), SYNC));
    way(
        "a Bind that is skipped",
        join(define(), parse("other", "SELECT 1"), SYNC),
        query("BEGIN"),
        join(bind("s"), SYNC),
        query("SAVEPOINT b"),
        join(bindPortal("p", "s"), SYNC),
        query("SAVEPOINT c"),
        join(FAILING, bindPortal("p", "other"), SYNC),
        query("ROLLBACK TO c"),
        join(execute("p"), SYNC));
    way("SQL executes it", define(), query("EXECUTE s; " + HiddenSwitches.READ));
    way(
        "SQL executes it in a transaction",
        define(),
        query("BEGIN"),
        query("EXECUTE s; " + HiddenSwitches.READ));
    way("a very long text", join(parse("s", GO + " -- " + "x".repeat(1 << 20)), SYNC), RUN);
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
        for (Map.Entry<String, List<byte[]>> way : WAYS.entrySet()) {
          try {
            all.assertThat(answers(gateway, database, way.getValue()))
                .as(way.getKey())
                .doesNotContain("globex");
          } catch (IOException e) {
            throw new IOException(way.getKey(), e);
          }
        }
      }
      all.assertAll();
    }
  }

  /** What a client reads behind it all, or why it can't. */
  private static String answers(GatewayFixture gateway, TestDatabase database, List<byte[]> way)
      throws Exception {
    StringBuilder told = new StringBuilder();
    try (RawClient client = new RawClient(gateway.port())) {
      client.send(
          RawClient.startup(
              Map.of(
                  "user", "postgres",
                  "database", database.name(),
                  "search_path", "tenant_acme,public")));
      client.readUntil('Z');
      int sent = 0;
      for (byte[] messages : way) {
        client.send(messages);
        sent += ends(messages);
      }
      client.send(query(HiddenSwitches.READ));
      for (int ready = 0; ready <= sent; ) {
        Message message = client.read();
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
  private static int ends(byte[] messages) {
    int ends = 0;
    boolean batch = false;
    ByteBuffer all = ByteBuffer.wrap(messages);
    while (all.hasRemaining()) {
      byte type = all.get();
      int length = all.getInt();
      all.position(all.position() + length - 4);
      ends += type == 'S' || (type == 'Q' && !batch) ? 1 : 0;
      batch = (type != 'S' && type != 'Q') || (type == 'Q' && batch);
    }
    return ends;
  }

  private static void way(String name, byte[]... lines) {
    WAYS.put(name, List.of(lines));
  }

  private static byte[] join(byte[]... parts) {
    return SwitchGround.join(parts);
  }

  private static byte[] define() {
    return join(parse("s", GO), SYNC);
  }

  private static byte[] parse(String name, String sql) {
    return message('P', name + '\0' + sql + "\0\0\0");
  }

  private static byte[] bind(String name) {
    return bindPortal("", name);
  }

  private static byte[] bindPortal(String portal, String name) {
    return message('B', portal + '\0' + name + "\0\0\0\0\0\0\0");
  }

  private static byte[] close(String name) {
    return message('C', "S" + name + '\0');
  }

  private static byte[] execute(String portal) {
    return message('E', portal + "\0\0\0\0\0");
  }

  private static byte[] message(char type, String body) {
    return RawClient.message(type, body.getBytes(StandardCharsets.UTF_8));
  }

  /** The ways do lead there where nobody holds them back. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void withoutAGateTheyLeadThere(boolean latest) throws Exception {
    try (TestDatabase database = HiddenSwitches.prepare(latest, migrations);
        GatewayFixture gateway =
            GatewayFixture.start(database, migrations, Map.of("gate.policy", "warn"))) {
      for (Map.Entry<String, List<byte[]>> way : WAYS.entrySet()) {
        assertThat(answers(gateway, database, way.getValue())).as(way.getKey()).contains("globex");
      }
    }
  }
}

package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The server's own settings change under connected clients: each follows them, as on a connection
 * of its own, but for those that it has set itself.
 */
class ServersOwnSettingsIT {

  private static final String ALL =
      "SELECT current_setting('default_transaction_read_only'), current_setting('DateStyle'),"
          + " current_setting('IntervalStyle'), current_setting('work_mem')";

  private static final String BEFORE = "off|ISO, MDY|postgres|4MB";
  private static final String CHANGED = "on|SQL, DMY|iso_8601|5MB";

  @TempDir Path migrations;
  private TestPostgres server = TestPostgres.latest();

  private void change(boolean on) {
    for (String setting :
        List.of(
            "DateStyle = 'SQL, DMY'",
            "IntervalStyle = 'iso_8601'",
            "work_mem = '5MB'",
            "search_path = 'tenant_globex'",
            "default_transaction_read_only = on")) {
      // Where the last one is in force already, nothing else can be changed.
      server.execute(
          "BEGIN READ WRITE; COMMIT; ALTER SYSTEM "
              + (on ? "SET " + setting : "RESET " + setting.replaceAll(" =.*", "")));
    }
    server.execute("SELECT pg_reload_conf()");
  }

  @ParameterizedTest
  @CsvSource({"transaction, true", "transaction, false", "session, true", "session, false"})
  void onlyWhatAClientSetIsTheClients(String mode, boolean latest) throws Exception {
    server = latest ? TestPostgres.latest() : TestPostgres.oldest();
    TestDatabase database = server.newDatabase();
    database.execute("CREATE SCHEMA tenant_globex");
    try (GatewayFixture gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", mode, "auth.method", "trust", "pool.size", "3"))) {
      Map<String, SocketClient> clients = new LinkedHashMap<>();
      for (String name : List.of("plain", "own", "startup", "local", "pinned", "reset")) {
        clients.put(
            name,
            SocketClient.login(
                gateway.port(),
                database.name(),
                null,
                name.equals("startup")
                    ? Map.of("DateStyle", "ISO, MDY", "IntervalStyle", "postgres")
                    : Map.of()));
      }
      try {
        follow(clients);
      } finally {
        change(false);
        for (SocketClient each : clients.values()) {
          each.close();
        }
      }
    } finally {
      database.close();
    }
  }

  private void follow(Map<String, SocketClient> clients) {
    SocketClient plain = of(clients, "plain");
    SocketClient own = of(clients, "own");
    SocketClient local = of(clients, "local");
    assertThat(plain.value(ALL)).isEqualTo(BEFORE);
    // Sets values that are in force anyway.
    own.query("SET default_transaction_read_only = off; SET DateStyle = 'ISO, MDY'");
    own.query("SET work_mem = '4MB'");
    own.query("SELECT set_config('IntervalStyle', 'postgres', false)");
    of(clients, "pinned").query("CREATE TEMP TABLE keeps_its_backend(id int)");
    of(clients, "reset").query("SET DateStyle = 'ISO, MDY'; SET work_mem = '9MB'");
    of(clients, "reset").query("RESET DateStyle; RESET work_mem");
    local.query("BEGIN; SET LOCAL DateStyle = 'SQL, DMY'; SET LOCAL work_mem = '7MB'");

    change(true);
    List<String> told = new ArrayList<>();
    await()
        .untilAsserted(
            () -> {
              List<String> answers = plain.query(ALL);
              answers.stream().filter(answer -> answer.startsWith("S ")).forEach(told::add);
              assertThat(SocketClient.value(answers)).isEqualTo(CHANGED);
            });
    assertThat(told).contains("S DateStyle=SQL, DMY", "S default_transaction_read_only=on");
    assertThat(local.value(ALL)).isEqualTo("on|SQL, DMY|iso_8601|7MB");
    local.query("COMMIT");
    for (String name : List.of("plain", "local", "pinned", "reset")) {
      for (int i = 0; i < 3; i++) {
        assertThat(of(clients, name).value(ALL)).as(name).isEqualTo(CHANGED);
        assertThat(of(clients, name).value("SHOW search_path")).isEqualTo("tenant_globex");
      }
    }
    assertThat(own.value(ALL)).isEqualTo(BEFORE);
    assertThat(of(clients, "startup").value(ALL)).isEqualTo("on|ISO, MDY|postgres|5MB");
    of(clients, "startup").query("RESET DateStyle");
    assertThat(of(clients, "startup").value("SHOW DateStyle")).isEqualTo("ISO, MDY");

    change(false);
    await().untilAsserted(() -> assertThat(plain.value(ALL)).isEqualTo(BEFORE));
    for (Map.Entry<String, SocketClient> each : clients.entrySet()) {
      assertThat(each.getValue().value(ALL)).as(each.getKey()).isEqualTo(BEFORE);
      assertThat(each.getValue().value("SHOW search_path")).isEqualTo("\"$user\", public");
    }
    own.query("RESET DateStyle");
    change(true);
    await().untilAsserted(() -> assertThat(own.value(ALL)).isEqualTo("off|SQL, DMY|postgres|4MB"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whereThePathOfTheServerLeadsIsGated(boolean latest) throws Exception {
    server = latest ? TestPostgres.latest() : TestPostgres.oldest();
    TestDatabase database = server.newDatabase();
    database.execute("CREATE SCHEMA tenant_globex; CREATE TABLE tenant_globex.mark(m text)");
    try (GatewayFixture migrating = GatewayFixture.start(database, migrations, Map.of())) {
      migrating.connect("globex").close();
    }
    GatewayFixture.migration(migrations, "00001_n.sql", "ALTER TABLE mark ADD COLUMN n int;");
    try (GatewayFixture gateway =
            GatewayFixture.start(
                database,
                migrations,
                Map.of(
                    "pool.mode", "transaction", "auth.method", "trust", "gate.policy", "reject"));
        SocketClient client = SocketClient.login(gateway.port(), database.name())) {
      assertThat(client.query("SELECT 1")).contains("Z I");
      server.execute("ALTER SYSTEM SET search_path = 'tenant_globex'");
      server.execute("SELECT pg_reload_conf()");
      await()
          .untilAsserted(
              () -> assertThat(client.query("SELECT 1")).containsExactly("E 57P03", "Z I"));
    } finally {
      server.execute("ALTER SYSTEM RESET search_path");
      server.execute("SELECT pg_reload_conf()");
      database.close();
    }
  }

  private static SocketClient of(Map<String, SocketClient> clients, String name) {
    SocketClient client = clients.get(name);
    if (client == null) {
      throw new IllegalArgumentException(name);
    }
    return client;
  }
}

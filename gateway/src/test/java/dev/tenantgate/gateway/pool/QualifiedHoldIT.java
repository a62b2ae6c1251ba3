package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Statements that name a tenant's schema, with {@code gate.qualified: hold}, in both kinds of
 * pooling: each waits for a tenant of its own, or is rejected.
 */
class QualifiedHoldIT {

  private static final int TENANTS = 80;

  @TempDir static Path migrations;
  private static final AtomicInteger used = new AtomicInteger();
  private static TestDatabase database;
  private static final Map<String, GatewayFixture> gateways = new HashMap<>();

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    StringBuilder sql = new StringBuilder("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_late;");
    for (int i = 0; i < TENANTS; i++) {
      sql.append("CREATE SCHEMA tenant_t%d; ".formatted(i));
    }
    database.execute(sql.toString());
    GatewayFixture.migration(
        migrations, "00001_sites.sql", "CREATE TABLE sites(id int); INSERT INTO sites VALUES (7);");
    for (String mode : List.of("session", "transaction")) {
      gateways.put(mode + " hold", gateway(Map.of("pool.mode", mode)));
      gateways.put(mode + " deny", gateway(Map.of("pool.mode", mode, "tenants.switching", "deny")));
      Map<String, String> reject =
          Map.of("pool.mode", mode, "gate.policy", "reject", "migrations.trigger", "manual");
      gateways.put(mode + " reject", gateway(reject));
    }
  }

  @AfterAll
  static void stop() {
    gateways.values().forEach(GatewayFixture::close);
    database.close();
  }

  private static GatewayFixture gateway(Map<String, String> more) {
    Map<String, String> all =
        new HashMap<>(Map.of("gate.qualified", "hold", "auth.method", "trust", "pool.size", "2"));
    all.putAll(more);
    return GatewayFixture.start(database, migrations, all);
  }

  private static SocketClient client(String mode, String policy, String path) {
    int port = Objects.requireNonNull(gateways.get(mode + " " + policy)).port();
    return SocketClient.login(port, database.name(), path, Map.of());
  }

  /** A tenant that nobody has asked for. */
  private static String tenant() {
    return "tenant_t" + used.getAndIncrement();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tenant_acme | SELECT id FROM %s.sites | D 7",
        "pg_catalog | SELECT id FROM %s.sites | D 7",
        "tenant_acme | SELECT 1; SELECT id FROM \"%s\".sites | D 7",
        "tenant_acme | COPY %s.sites TO STDOUT | d 7",
        "tenant_acme | ALTER TABLE %s.sites ADD more int | C ALTER TABLE",
        "tenant_acme | WITH a AS (SELECT * FROM %s.sites) SELECT id FROM a | D 7",
        "tenant_acme | PREPARE p AS SELECT id FROM %s.sites; EXECUTE p | D 7",
        "tenant_acme | SELECT count(*) FROM %s.sites, %s.sites b | D 1",
        "tenant_acme | BEGIN; DECLARE c CURSOR FOR SELECT id FROM %s.sites; FETCH c; COMMIT | D 7",
      })
  void aNamedSchemaIsBroughtUpToDateFirst(String path, String sql, String answer) throws Exception {
    for (String mode : List.of("session", "transaction")) {
      String tenant = tenant();
      try (SocketClient client = client(mode, "hold", path)) {
        assertThat(client.query(sql.replace("%s", tenant))).contains(answer);
        assertThat(client.value("SHOW search_path")).isEqualTo(path);
      }
    }
  }

  @BothModes
  void aStatementThatIsPreparedWaitsBeforeTheServerReadsIt(String mode) throws Exception {
    try (SocketClient client = client(mode, "hold", "tenant_acme")) {
      for (String name : List.of("", "named")) {
        String sql = "SELECT id FROM %s.sites".formatted(tenant());
        assertThat(client.sends("P " + name + " " + sql, "B " + name, "E", "S").until('Z'))
            .containsSubsequence("1", "2", "D 7", "C SELECT 1", "Z I");
      }
      assertThat(client.sends("B named", "E", "S").until('Z'))
          .containsSubsequence("2", "D 7", "C SELECT 1", "Z I");
    }
  }

  @BothModes
  void allTenantsOfAStatementAreWaitedFor(String mode) throws Exception {
    try (SocketClient client = client(mode, "hold", "tenant_acme")) {
      client.query("BEGIN");
      assertThat(
              client.query(
                  "SELECT a.id + b.id FROM %s.sites a, %s.sites b; INSERT INTO %s.sites VALUES (1)"
                      .formatted(tenant(), tenant(), tenant())))
          .contains("D 14", "C INSERT 0 1", "Z T");
      assertThat(client.query("COMMIT")).contains("Z I");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id FROM tenant_late.sites",
        "CREATE TABLE public.ran(); SELECT id FROM tenant_late.sites",
        "SELECT id FROM U&\"tenant\\005flate\".sites",
        "SELECT id FROM TENANT_late.sites",
        "INSERT INTO tenant_late.sites VALUES (1)",
        "DROP TABLE IF EXISTS tenant_late.sites",
        "COPY tenant_late.sites FROM STDIN",
        "SET standard_conforming_strings TO off; SELECT '\\', 1 FROM tenant_late.sites --'",
      })
  void aStatementThatNamesALaggingTenantIsRejectedAsASwitchIs(String sql) throws Exception {
    for (String mode : List.of("session", "transaction")) {
      try (SocketClient client = client(mode, "reject", "pg_catalog")) {
        client.sends("Q SET search_path TO tenant_late").gets("E 57P03", "Z I");
        String message = client.errorField('M');
        client.sends("Q " + sql).gets("E 57P03", "Z I");
        assertThat(client.errorField('M')).isEqualTo(message);
        client.sends("P - SELECT 1", "S").gets("1", "Z I");
        client.query("BEGIN");
        client.sends("Q " + sql).gets("E 57P03", "Z E");
        client.query("ROLLBACK");
        assertThat(database.value("SELECT to_regclass('public.ran')")).isNull();
      }
    }
  }

  @BothModes
  void inABatchARejectedNameSkipsToTheSync(String mode) throws Exception {
    try (SocketClient client = client(mode, "reject", "pg_catalog")) {
      for (String name : List.of("", "named")) {
        client.sends("P - SELECT 1", "B -", "E");
        client
            .sends("P " + name + " SELECT id FROM tenant_late.sites", "B " + name, "E", "S")
            .gets("1", "2", "D 1", "C SELECT 1", "E 57P03", "Z I");
      }
      assertThat(client.value("SELECT 2")).isEqualTo("2");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 'tenant_late.sites' | D tenant_late.sites",
        "SELECT tenant_late.a FROM (VALUES (3)) AS tenant_late(a) | D 3",
        "WITH tenant_late AS (SELECT 4 AS a) SELECT tenant_late.a FROM tenant_late | D 4",
        "SELECT 5 -- tenant_late.sites | D 5",
        "SET tenant_late.x = 'y' | C SET",
        "SELECT 1 FROM tenant_nobody.sites | E 42P01",
        "SELECT 'tenant_late.sites'::regclass | E 42P01",
      })
  void whatNamesNoTenantPasses(String sql, String answer) throws Exception {
    for (String mode : List.of("session", "transaction")) {
      try (SocketClient client = client(mode, "reject", "pg_catalog")) {
        assertThat(client.query(sql)).contains(answer);
      }
    }
  }

  @BothModes
  void aSessionThatMayNotSwitchMayNotNameAnotherTenantEither(String mode) throws Exception {
    try (SocketClient client = client(mode, "deny", "tenant_acme")) {
      assertThat(client.query("SELECT id FROM tenant_acme.sites")).contains("D 7");
      client.sends("Q SELECT id FROM tenant_t0.sites").gets("E 42501", "Z I");
    }
  }

  /** Longer than a message may wait for a look, and longer than one that is kept. */
  @BothModes
  void aLongStatementIsLookedAtAsWell(String mode) throws Exception {
    String late = "SELECT '%s' FROM tenant_late.sites";
    try (SocketClient client = client(mode, "reject", "pg_catalog")) {
      client.sends("Q " + late.formatted("x".repeat(100_000))).gets("E 57P03", "Z I");
    }
    for (String filler : List.of("x", "x', tenant_acme.y, '")) {
      String data = filler.repeat(2_000_000 / filler.length());
      try (SocketClient client = client(mode, "reject", "pg_catalog")) {
        client.sends("Q " + late.formatted(data));
        assertThat(client.untilEnd()).isEqualTo("E 57P03");
      }
    }
    String tenant = tenant();
    try (SocketClient client = client(mode, "hold", "tenant_acme")) {
      String sql = "SELECT id, '%s' FROM %s.sites".formatted("x".repeat(100_000), tenant);
      assertThat(client.query(sql)).contains("C SELECT 1");
    }
    try (SocketClient client = client(mode, "hold", "tenant_acme")) {
      String sql = "SELECT id, '%s' FROM %s.sites".formatted("x".repeat(2_000_000), tenant);
      assertThat(client.query(sql)).contains("C SELECT 1");
    }
  }

  /** A statement that was prepared in time waits for a migration that has come since. */
  @BothModes
  void whatIsPreparedIsLookedAtAtEachExecution(String mode, @TempDir Path own) throws Exception {
    GatewayFixture.migration(own, "00001_sites.sql", "CREATE TABLE sites(id int);");
    Map<String, String> settings =
        Map.of(
            "pool.mode", mode, "gate.qualified", "hold", "auth.method", "trust", "pool.size", "2");
    try (TestDatabase two = TestPostgres.latest().newDatabase()) {
      two.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
      try (GatewayFixture gateway = GatewayFixture.start(two, own, settings);
          SocketClient client =
              SocketClient.login(gateway.port(), two.name(), "tenant_acme", Map.of())) {
        String sql = "SELECT count(*) FROM tenant_globex.sites";
        client.query("PREPARE p AS " + sql);
        client.sends("P named " + sql, "S").until('Z');
        assertThat(client.query("EXECUTE p")).contains("D 0");
        int version = 1;
        for (String execution : List.of("EXECUTE p", "Bind", "EXECUTE named")) {
          String file = "0000%d_more.sql".formatted(++version);
          GatewayFixture.migration(own, file, "INSERT INTO sites VALUES (1);");
          gateway.gateway().reload();
          String before = two.value("SELECT count(*) FROM tenant_globex.sites");
          String after = "D " + (Integer.parseInt(before) + 1);
          assertThat(
                  execution.equals("Bind")
                      ? client.sends("B named", "E", "S").until('Z')
                      : client.query(execution))
              .contains(after);
        }
      }
    }
  }
}

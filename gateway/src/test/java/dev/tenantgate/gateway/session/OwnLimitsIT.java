package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** How many clients and backends one user, one database and one tenant may have. */
@SuppressWarnings("try") // some clients are only there
@ParameterizedClass
@ValueSource(strings = {"transaction", "session"})
class OwnLimitsIT {

  private static final List<String> USERS = List.of("few", "crowd", "narrow", "many", "hasty");

  @Parameter String mode = "";

  @TempDir static Path folder;
  private static TestDatabase database;
  private static final Map<String, GatewayFixture> GATEWAYS = new HashMap<>();

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
    for (String user : USERS) {
      database.execute("CREATE ROLE limits_%s LOGIN SUPERUSER".formatted(user));
    }
    for (String mode : List.of("transaction", "session")) {
      GATEWAYS.put(
          mode,
          GatewayFixture.start(
              database,
              folder,
              Map.of(
                  "pool.mode", mode,
                  "pool.size", "4",
                  "pool.wait-timeout", "30s",
                  "auth.method", "trust",
                  "listen.threads", "3",
                  "pool.per-user.limits_few.max-connections", "2",
                  "pool.per-user.limits_narrow.max-backends", "1",
                  "pool.per-user", "{limits_hasty: {max-backends: 1, wait-timeout: 300ms}}",
                  "pool.per-tenant.globex.size", "1",
                  "pool.per-tenant.acme.max-connections", "2")));
    }
  }

  @AfterAll
  static void stop() {
    GATEWAYS.values().forEach(GatewayFixture::close);
    USERS.forEach(user -> database.execute("DROP ROLE limits_" + user));
    database.close();
  }

  private SocketClient connecting(String user, Map<String, String> more) throws Exception {
    SocketClient client = SocketClient.connect(Objects.requireNonNull(GATEWAYS.get(mode)).port());
    Map<String, String> all = new HashMap<>(more);
    all.put("user", "limits_" + user);
    all.put("application_name", "limits_" + mode);
    all.put("database", database.name());
    client.startsUp(all);
    return client;
  }

  private SocketClient client(String user, String tenant) throws Exception {
    SocketClient client = connecting(user, Map.of("search_path", "tenant_" + tenant));
    client.readUntil('Z');
    return client;
  }

  private static void assertRefused(SocketClient client, String message) throws Exception {
    Frame last = client.read();
    while (last.type() != 'E') {
      last = client.read();
    }
    assertThat(last.field('S')).isEqualTo("FATAL");
    assertThat(last.field('C')).isEqualTo("53300");
    assertThat(last.field('M')).isEqualTo(message);
    assertThat(client.isAtEnd()).isTrue();
  }

  private void becomesFree(String user, String tenant) {
    Awaitility.await()
        .until(
            () -> {
              try (SocketClient again =
                  connecting(user, Map.of("search_path", "tenant_" + tenant))) {
                Frame message = again.read();
                while (message.type() != 'E' && message.type() != 'Z') {
                  message = again.read();
                }
                return message.type() == 'Z';
              }
            });
  }

  @Test
  void clientsOfAUser() throws Exception {
    try (SocketClient first = client("few", "globex");
        SocketClient second = client("few", "globex");
        SocketClient third = connecting("few", Map.of())) {
      assertRefused(
          third,
          "too many connections for user \"limits_few\": there may be 2"
              + " (pool.per-user.limits_few.max-connections)");
    }
    becomesFree("few", "globex");
  }

  @Test
  void clientsOfATenant() throws Exception {
    String message =
        "too many connections for tenant acme: there may be 2"
            + " (pool.per-tenant.acme.max-connections)";
    try (SocketClient elsewhere = client("crowd", "globex")) {
      try (SocketClient first = client("crowd", "acme");
          SocketClient second = client("crowd", "acme");
          SocketClient third = connecting("crowd", Map.of("search_path", "tenant_acme"))) {
        assertRefused(third, message);
        List<Frame> refused = elsewhere.sends("Q set search_path to tenant_acme").readUntil('Z');
        assertThat(Frame.types(refused)).isEqualTo("EZ");
        assertThat(refused.get(0).field('S')).isEqualTo("ERROR");
        assertThat(refused.get(0).field('M')).isEqualTo(message);
        second.sends("Q set search_path to tenant_globex").readUntil('Z');
        Awaitility.await()
            .until(
                () ->
                    Frame.types(elsewhere.sends("Q set search_path to tenant_acme").readUntil('Z'))
                        .startsWith("C"));
      }
      try (SocketClient again = client("crowd", "acme");
          SocketClient oneMore = connecting("crowd", Map.of("search_path", "tenant_acme"))) {
        assertThat(Frame.types(again.sends("Q select 1").readUntil('Z'))).isEqualTo("TDCZ");
        assertRefused(oneMore, message);
      }
    }
    becomesFree("crowd", "acme");
  }

  @Test
  void backendsOfAUser() throws Exception {
    if (mode.equals("session")) {
      oneMoreWaits();
      return;
    }
    try (SocketClient first = client("narrow", "globex");
        SocketClient second = client("narrow", "acme");
        SocketClient other = client("many", "acme")) {
      first.sends("Q begin").readUntil('Z');
      second.sends("Q select 2");
      other.sends("Q select 1").readUntil('Z');
      assertThat(backends("narrow")).isEqualTo("1");
      first.sends("Q commit").readUntil('Z');
      assertThat(Frame.types(second.readUntil('Z'))).endsWith("TDCZ");
      assertThat(backends("narrow")).isEqualTo("1");
    }
  }

  private void oneMoreWaits() throws Exception {
    try (SocketClient first = client("narrow", "globex");
        SocketClient second = connecting("narrow", Map.of());
        SocketClient impatient = connecting("hasty", Map.of());
        SocketClient left = connecting("narrow", Map.of())) {
      assertThat(first.sends("Q select 1").readUntil('Z')).isNotEmpty();
      left.close();
      impatient.readUntil('Z'); // it has the place before the next one asks
      try (SocketClient hasty = connecting("hasty", Map.of())) {
        assertRefused(
            hasty,
            "no backend became free within 300 ms (pool.per-user.limits_hasty.wait-timeout)");
      }
      assertThat(backends("narrow")).isEqualTo("1");
      first.close();
      assertThat(Frame.types(second.readUntil('Z'))).endsWith("Z");
    }
    becomesFree("narrow", "acme");
  }

  private String backends(String user) {
    return String.valueOf(
        database.value(
            "SELECT count(*) FROM pg_stat_activity"
                + " WHERE usename = 'limits_%s' AND application_name = 'limits_%s'"
                    .formatted(user, mode)));
  }

  /** The clients are on three event loops. */
  @Test
  void backendsThatATenantMayHave() throws Exception {
    assumeTrue(mode.equals("transaction"), "elsewhere each client has one");
    List<SocketClient> clients = new ArrayList<>();
    try (SocketClient acme = client("many", "acme")) {
      for (int i = 0; i < 6; i++) {
        clients.add(client("many", "globex"));
      }
      for (SocketClient each : clients) {
        each.sends("Q select pg_sleep(0.05), 'share'");
      }
      acme.sends("Q select 1").readUntil('Z');
      int most = 0;
      for (SocketClient each : clients) {
        most = Math.max(most, active());
        assertThat(Frame.types(each.readUntil('Z'))).endsWith("TDCZ");
      }
      assertThat(most).isLessThanOrEqualTo(1);
    } finally {
      for (SocketClient each : clients) {
        each.close();
      }
    }
  }

  private static int active() {
    return Integer.parseInt(
        String.valueOf(
            database.value(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE"
                    + " '%''share''%' AND usename = 'limits_many'")));
  }
}

package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
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

/** Queries, transactions and clients that take too long, each user with a limit of its own. */
@ParameterizedClass
@ValueSource(strings = {"transaction", "session"})
class TimeoutsIT {

  @Parameter String mode = "";

  @TempDir static Path folder;
  private static TestDatabase database;
  private static final Map<String, GatewayFixture> GATEWAYS = new HashMap<>();

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE TABLE kept (id int)");
    database.execute("GRANT ALL ON kept TO public");
    for (String user : List.of("slow", "long", "lazy")) {
      database.execute("DROP ROLE IF EXISTS timeouts_" + user);
      database.execute("CREATE ROLE timeouts_%s LOGIN SUPERUSER".formatted(user));
    }
    for (String mode : List.of("transaction", "session")) {
      GATEWAYS.put(
          mode,
          GatewayFixture.start(
              database,
              folder,
              Map.of(
                  "pool.mode", mode,
                  "pool.size", "1",
                  "auth.method", "trust",
                  "pool.query-timeout", "1h",
                  "pool.per-user.timeouts_slow.query-timeout", "300ms",
                  "pool.per-user.timeouts_long.transaction-timeout", "300ms",
                  "pool.per-user.timeouts_lazy.client-idle-timeout", "300ms")));
    }
  }

  @AfterAll
  static void stop() {
    GATEWAYS.values().forEach(GatewayFixture::close);
    for (String user : List.of("slow", "long", "lazy")) {
      database.execute("DROP ROLE timeouts_" + user);
    }
    database.close();
  }

  private SocketClient client(String user) throws Exception {
    SocketClient client = SocketClient.connect(Objects.requireNonNull(GATEWAYS.get(mode)).port());
    client.startsUp(Map.of("user", "timeouts_" + user, "database", database.name()));
    client.readUntil('Z');
    return client;
  }

  private static void assertGoesOn(SocketClient client) throws Exception {
    assertThat(Frame.types(client.sends("Q select 1").readUntil('Z'))).isEqualTo("TDCZ");
  }

  private static void assertTimedOut(List<Frame> answer, char status) {
    Frame error =
        answer.stream().filter(message -> message.type() == 'E').findFirst().orElseThrow();
    assertThat(error.field('S')).isEqualTo("ERROR");
    assertThat(error.field('C')).isEqualTo("57014");
    assertThat(error.field('M')).isEqualTo("canceling statement due to query timeout");
    assertThat(error.field('D')).contains("(pool.per-user.timeouts_slow.query-timeout)");
    assertThat(answer.get(answer.size() - 1).body()).containsExactly(status);
  }

  @Test
  void aQueryIsCancelled() throws Exception {
    try (SocketClient client = client("slow")) {
      assertTimedOut(client.sends("Q select pg_sleep(60)").readUntil('Z'), 'I');
      assertGoesOn(client);
      assertTimedOut(client.sends("Q do $$begin perform pg_sleep(60); end$$").readUntil('Z'), 'I');
      assertGoesOn(client);
    }
  }

  @Test
  void aQueryOfATransactionFailsThat() throws Exception {
    try (SocketClient client = client("slow")) {
      client.sends("Q begin; insert into kept values (1)").readUntil('Z');
      assertTimedOut(client.sends("Q select pg_sleep(60)").readUntil('Z'), 'E');
      client.sends("Q commit").readUntil('Z');
      assertGoesOn(client);
    }
    assertThat(database.value("SELECT count(*) FROM kept")).isEqualTo("0");
  }

  @Test
  void aBatchIsCancelledAndWhatFollowsItRuns() throws Exception {
    try (SocketClient client = client("slow")) {
      client.sends("P - select pg_sleep(60) & B - & E & S", "P - select 1 & B - & E & S");
      assertTimedOut(client.readUntil('Z'), 'I');
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("12DCZ");
    }
  }

  @Test
  void copiedDataThatComesForTooLongIsCancelled() throws Exception {
    try (SocketClient client = client("slow")) {
      client.sends("Q copy kept from stdin").readUntil('G');
      Awaitility.await() // the server looks at a cancel between two rows
          .until(
              () -> {
                client.sends("d 1\n");
                return client.in().available() > 0;
              });
      client.sends("c"); // which the server passes over
      assertTimedOut(client.readUntil('Z'), 'I');
      assertGoesOn(client);
    }
  }

  @Test
  void manyQueriesThatAreQuickMayTakeLong() throws Exception {
    try (SocketClient client = client("slow")) {
      for (int i = 0; i < 4; i++) {
        assertThat(Frame.types(client.sends("Q select pg_sleep(0.15)").readUntil('Z')))
            .isEqualTo("TDCZ");
      }
    }
  }

  private static void assertEnds(SocketClient client, String state, String key) throws Exception {
    Frame last = client.read();
    while (last.type() != 'E') {
      last = client.read();
    }
    assertThat(last.field('S')).isEqualTo("FATAL");
    assertThat(last.field('C')).isEqualTo(state);
    assertThat(last.field('D')).contains("(pool.per-user.timeouts_" + key + ")");
    assertThat(client.isAtEnd()).isTrue();
  }

  @Test
  void aTransactionThatIsOpenForTooLongIsRolledBack() throws Exception {
    try (SocketClient client = client("long")) {
      client.sends("Q begin; insert into kept values (1)").readUntil('Z');
      client.sends("Q select pg_sleep(0.15)").readUntil('Z');
      assertEnds(client, "25P04", "long.transaction-timeout");
    }
    try (SocketClient next = client("long")) {
      assertGoesOn(next);
    }
    assertThat(database.value("SELECT count(*) FROM kept")).isEqualTo("0");
  }

  @Test
  void whatRunsInSuchATransactionStops() throws Exception {
    try (SocketClient client = client("long")) {
      client.sends("Q select pg_sleep(61)");
      assertEnds(client, "25P04", "long.transaction-timeout");
    }
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(
                        database.value(
                            "SELECT count(*) FROM pg_stat_activity"
                                + " WHERE query = 'select pg_sleep(61)' AND state = 'active'"))
                    .isEqualTo("0"));
  }

  @Test
  void aClientThatDoesNothingEnds() throws Exception {
    try (SocketClient client = client("lazy")) {
      client.sends("Q begin; select pg_sleep(0.5)").readUntil('Z');
      client.sends("Q commit").readUntil('Z');
      assertEnds(client, "57P05", "lazy.client-idle-timeout");
    }
  }
}

package dev.tenantgate.gateway.session;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient.Message;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
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

  private RawClient client(String user) throws Exception {
    RawClient client = new RawClient(Objects.requireNonNull(GATEWAYS.get(mode)).port());
    client.send(RawClient.startup(Map.of("user", "timeouts_" + user, "database", database.name())));
    client.readUntil('Z');
    return client;
  }

  private static void assertGoesOn(RawClient client) throws Exception {
    assertThat(RawClient.types(client.send(RawClient.query("select 1")).readUntil('Z')))
        .isEqualTo("TDCZ");
  }

  private static void assertTimedOut(List<Message> answer, char status) {
    Message error =
        answer.stream().filter(message -> message.type() == 'E').findFirst().orElseThrow();
    assertThat(error.field('S')).isEqualTo("ERROR");
    assertThat(error.field('C')).isEqualTo("57014");
    assertThat(error.field('M')).isEqualTo("canceling statement due to query timeout");
    assertThat(error.field('D')).contains("(pool.per-user.timeouts_slow.query-timeout)");
    assertThat(answer.get(answer.size() - 1).body()).containsExactly(status);
  }

  @Test
  void aQueryIsCancelled() throws Exception {
    try (RawClient client = client("slow")) {
      assertTimedOut(client.send(RawClient.query("select pg_sleep(60)")).readUntil('Z'), 'I');
      assertGoesOn(client);
      assertTimedOut(
          client.send(RawClient.query("do $$begin perform pg_sleep(60); end$$")).readUntil('Z'),
          'I');
      assertGoesOn(client);
    }
  }

  @Test
  void aQueryOfATransactionFailsThat() throws Exception {
    try (RawClient client = client("slow")) {
      client.send(RawClient.query("begin; insert into kept values (1)")).readUntil('Z');
      assertTimedOut(client.send(RawClient.query("select pg_sleep(60)")).readUntil('Z'), 'E');
      client.send(RawClient.query("commit")).readUntil('Z');
      assertGoesOn(client);
    }
    assertThat(database.value("SELECT count(*) FROM kept")).isEqualTo("0");
  }

  @Test
  void aBatchIsCancelledAndWhatFollowsItRuns() throws Exception {
    try (RawClient client = client("slow")) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (String sql : List.of("select pg_sleep(60)", "select 1")) {
        out.write(RawClient.message('P', ("\0" + sql + "\0\0\0").getBytes(US_ASCII)));
        out.write(RawClient.message('B', new byte[8]));
        out.write(RawClient.message('E', new byte[5]));
        out.write(RawClient.message('S', new byte[0]));
      }
      client.send(out.toByteArray());
      assertTimedOut(client.readUntil('Z'), 'I');
      assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("12DCZ");
    }
  }

  @Test
  void copiedDataThatComesForTooLongIsCancelled() throws Exception {
    try (RawClient client = client("slow")) {
      client.send(RawClient.query("copy kept from stdin")).readUntil('G');
      Awaitility.await() // the server looks at a cancel between two rows
          .until(
              () -> {
                client.send(RawClient.message('d', "1\n".getBytes(US_ASCII)));
                return client.in().available() > 0;
              });
      client.send(RawClient.message('c', new byte[0])); // which the server passes over
      assertTimedOut(client.readUntil('Z'), 'I');
      assertGoesOn(client);
    }
  }

  @Test
  void manyQueriesThatAreQuickMayTakeLong() throws Exception {
    try (RawClient client = client("slow")) {
      for (int i = 0; i < 4; i++) {
        assertThat(
                RawClient.types(
                    client.send(RawClient.query("select pg_sleep(0.15)")).readUntil('Z')))
            .isEqualTo("TDCZ");
      }
    }
  }

  private static void assertEnds(RawClient client, String state, String key) throws Exception {
    Message last = client.read();
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
    try (RawClient client = client("long")) {
      client.send(RawClient.query("begin; insert into kept values (1)")).readUntil('Z');
      client.send(RawClient.query("select pg_sleep(0.15)")).readUntil('Z');
      assertEnds(client, "25P04", "long.transaction-timeout");
    }
    try (RawClient next = client("long")) {
      assertGoesOn(next);
    }
    assertThat(database.value("SELECT count(*) FROM kept")).isEqualTo("0");
  }

  @Test
  void whatRunsInSuchATransactionStops() throws Exception {
    try (RawClient client = client("long")) {
      client.send(RawClient.query("select pg_sleep(61)"));
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
    try (RawClient client = client("lazy")) {
      client.send(RawClient.query("begin; select pg_sleep(0.5)")).readUntil('Z');
      client.send(RawClient.query("commit")).readUntil('Z');
      assertEnds(client, "57P05", "lazy.client-idle-timeout");
    }
  }
}

package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pool that new sessions come to, once for each server; roles whose names begin with "fresh" go
 * with it.
 */
abstract class NewSessionGround {

  static final int LOOPS = 2;

  enum Server {
    LATEST,
    OLDEST
  }

  record Ground(TestDatabase database, GatewayFixture gateway) {}

  @TempDir static Path migrations;
  static final Map<Server, Ground> grounds = new EnumMap<>(Server.class);

  static Ground ground(Server server) {
    return grounds.computeIfAbsent(
        server,
        each -> {
          TestDatabase database =
              (each == Server.LATEST ? TestPostgres.latest() : TestPostgres.oldest()).newDatabase();
          for (String tenant : new String[] {"acme", "globex"}) {
            database.execute(
                "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.mark AS SELECT '%1$s'::text m;"
                        .formatted(tenant)
                    + "GRANT USAGE ON SCHEMA tenant_%1$s TO public;".formatted(tenant)
                    + "GRANT SELECT ON tenant_%1$s.mark TO public".formatted(tenant));
          }
          return new Ground(
              database,
              GatewayFixture.start(
                  database,
                  migrations,
                  Map.of(
                      "pool.mode", "transaction",
                      "pool.size", "4",
                      "auth.method", "trust",
                      "database.others", "pass",
                      "listen.threads", "" + LOOPS)));
        });
  }

  @AfterAll
  static void stop() {
    grounds
        .values()
        .forEach(
            ground -> {
              ground.gateway().close();
              ground
                  .database()
                  .execute(
                      """
                      DO $$ DECLARE r name; BEGIN
                        FOR r IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'fresh\\_%' LOOP
                          EXECUTE format('DROP OWNED BY %1$I; DROP ROLE %1$I', r);
                        END LOOP; END $$\
                      """);
              ground.database().close();
            });
    grounds.clear();
  }

  static SocketClient client(Ground ground, String user, Map<String, String> parameters) {
    Map<String, String> all = new HashMap<>(parameters);
    all.put("user", user);
    return SocketClient.login(ground.gateway().port(), ground.database().name(), null, all);
  }

  /** The answers of some new sessions: they come to all event loops. */
  static List<String> ofNew(Ground ground, String user, String sql) {
    String[] values = new String[LOOPS + 1];
    for (int i = 0; i < values.length; i++) {
      try (SocketClient each = client(ground, user, Map.of())) {
        values[i] = each.value(sql);
      }
    }
    return List.of(values);
  }

  static List<String> all(String value) {
    return List.of(value, value, value);
  }

  /** The SQLSTATE that a new session ends with; empty if it is let in. */
  static String refusal(Ground ground, String user, String database) {
    try (SocketClient raw = SocketClient.connect(ground.gateway().port())) {
      raw.startsUp(Map.of("user", user, "database", database));
      while (true) {
        Frame message = raw.read();
        if (message.type() == 'E') {
          return message.field('S') + " " + message.field('C');
        }
        if (message.type() == 'Z') {
          return "";
        }
      }
    }
  }

  static ConditionFactory soon() {
    return await().pollInterval(Duration.ofMillis(100));
  }

  static void soonAll(Callable<List<String>> values, String expected) {
    soon().untilAsserted(() -> assertThat(values.call()).isEqualTo(all(expected)));
  }
}

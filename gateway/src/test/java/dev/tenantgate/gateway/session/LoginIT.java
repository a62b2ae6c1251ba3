package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.TestPostgres.Login;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.util.PSQLException;

/**
 * The server authenticates, the gateway carries: every method, on the newest and the oldest server.
 */
class LoginIT {

  @TempDir Path migrations;

  enum Server {
    LATEST(TestPostgres::latest),
    OLDEST(TestPostgres::oldest);

    @SuppressWarnings("ImmutableEnumChecker") // a stateless method reference
    private final Supplier<TestPostgres> supplier;

    Server(Supplier<TestPostgres> supplier) {
      this.supplier = supplier;
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyMethodLetsTheRightPasswordInAndNoOther(Server server) throws Exception {
    TestPostgres postgres = server.supplier.get();
    try (TestDatabase database = postgres.newDatabase();
        GatewayFixture gateway = GatewayFixture.start(database, migrations, Map.of())) {
      database.execute("CREATE SCHEMA tenant_acme; GRANT USAGE ON SCHEMA tenant_acme TO public");
      for (Login login : Login.values()) {
        String user = "login_" + login.name().toLowerCase(Locale.ROOT);
        postgres.createUser(user, "right", login);
        try (Connection connection =
                gateway.connect(
                    Map.of("user", user, "password", "right", "currentSchema", "tenant_acme"));
            ResultSet row =
                connection
                    .createStatement()
                    .executeQuery("SELECT current_user || ' in ' || current_schema()")) {
          row.next();
          assertThat(row.getString(1)).isEqualTo(user + " in tenant_acme");
        }
        assertThatThrownBy(
                () ->
                    gateway.connect(
                        Map.of("user", user, "password", "wrong", "currentSchema", "tenant_acme")))
            .isInstanceOfSatisfying(
                PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
      }
    }
  }

  /** A default of the role leads to a tenant as well as a parameter of the connection does. */
  @ParameterizedTest
  @EnumSource
  void aRolesOwnSearchPathIsGated(Server server) throws Exception {
    TestPostgres postgres = server.supplier.get();
    try (TestDatabase database = postgres.newDatabase();
        GatewayFixture gateway = GatewayFixture.start(database, migrations, Map.of())) {
      postgres.execute(
          "CREATE ROLE roaming LOGIN; ALTER ROLE roaming SET search_path = tenant_nowhere");
      try {
        assertThatThrownBy(() -> gateway.connect(Map.of("user", "roaming")))
            .isInstanceOfSatisfying(
                PSQLException.class,
                e -> {
                  assertThat(e.getSQLState()).isEqualTo("3F000");
                  assertThat(e.getMessage()).contains("tenant_nowhere");
                });
      } finally {
        postgres.execute("DROP ROLE roaming");
      }
    }
  }

  /** Nobody who knows that it needs no password has to wait for the server's word. */
  @ParameterizedTest
  @EnumSource
  void whatStandsRightBehindTheStartupMessageIsAnswered(Server server) throws Exception {
    TestPostgres postgres = server.supplier.get();
    try (TestDatabase database = postgres.newDatabase();
        GatewayFixture gateway = GatewayFixture.start(database, migrations, Map.of());
        SocketClient client = SocketClient.connect(gateway.port())) {
      client.sendsBytes(
          behindStartup("postgres", database, FrontendNotation.encode("Q SELECT 'early'")));
      assertThat(Frame.types(client.readUntil('Z'))).startsWith("R").doesNotContain("D");
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TDCZ");
    }
  }

  @Test
  void noQueryComesBeforeThePassword() throws Exception {
    TestPostgres postgres = TestPostgres.latest();
    postgres.execute("DROP ROLE IF EXISTS login_hasty");
    postgres.createUser("login_hasty", "right", Login.CLEARTEXT);
    try (TestDatabase database = postgres.newDatabase();
        GatewayFixture gateway = GatewayFixture.start(database, migrations, Map.of())) {
      byte[] password = new Frame('p', "right\0".getBytes(StandardCharsets.US_ASCII)).encoded();
      try (SocketClient client = SocketClient.connect(gateway.port())) {
        client.sendsBytes(behindStartup("login_hasty", database, password));
        assertThat(Frame.types(client.readUntil('Z'))).startsWith("RR");
      }
      try (SocketClient client = SocketClient.connect(gateway.port())) {
        client.sendsBytes(
            behindStartup("login_hasty", database, FrontendNotation.encode("Q SELECT 1")));
        assertThat(client.read().type()).isEqualTo('R');
        assertThat(client.read().field('C')).isEqualTo("08P01");
      }
    }
  }

  private static byte[] behindStartup(String user, TestDatabase database, byte[] next) {
    byte[] startup = FrontendNotation.startup(Map.of("user", user, "database", database.name()));
    return ByteBuffer.allocate(startup.length + next.length).put(startup).put(next).array();
  }
}

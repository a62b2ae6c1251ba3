package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Two releases of an application beside each other, while a tenant goes from one to the other. */
class TwoReleasesIT {

  @TempDir Path migrations;
  private TestDatabase database;

  @BeforeEach
  void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    migration(migrations, "00001_sites.sql", "CREATE TABLE sites (id int);");
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private GatewayFixture gateway(String mode) {
    Map<String, String> settings =
        new HashMap<>(Map.of("pool.mode", mode, "migrations.trigger", "manual"));
    if (mode.equals("transaction")) {
      settings.put("auth.method", "trust");
    }
    return GatewayFixture.start(database, migrations, settings);
  }

  private static Connection release(GatewayFixture gateway, int min, int max) throws SQLException {
    return gateway.connect(
        Map.of(
            "options",
            "-c tenantgate.tenant=acme -c tenantgate.min_version=%d -c tenantgate.max_version=%d"
                .formatted(min, max)));
  }

  private static void upgrade(GatewayFixture gateway) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(gateway.adminUrl("/api/v1/tenants/acme/upgrade?wait=1")))
            .POST(BodyPublishers.noBody())
            .build();
    assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @BothModes
  void eachIsLetThroughAsItsRangeSays(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode)) {
      upgrade(gateway);
      migration(migrations, "00002_names.sql", "ALTER TABLE sites ADD COLUMN name text;");
      gateway.gateway().reload();
      try (Connection strict = release(gateway, 1, 1);
          Connection lenient = release(gateway, 1, 2)) {
        execute(strict, "INSERT INTO sites VALUES (1)");
        execute(lenient, "INSERT INTO sites VALUES (2)");
        CompletableFuture<Connection> next = CompletableFuture.supplyAsync(() -> later(gateway));
        await().until(() -> gateway.gateway().held() == 1);

        upgrade(gateway);

        try (Connection admitted = next.get(60, TimeUnit.SECONDS)) {
          execute(admitted, "INSERT INTO sites VALUES (3, 'new')");
        }
        execute(lenient, "INSERT INTO sites VALUES (4)");
        assertTooNew(() -> execute(strict, "INSERT INTO sites VALUES (5)"));
        assertTooNew(() -> release(gateway, 1, 1));
        assertThat(database.column("SELECT id FROM tenant_acme.sites ORDER BY id"))
            .containsExactly("1", "2", "3", "4");
      }
    }
  }

  private static Connection later(GatewayFixture gateway) {
    try {
      return release(gateway, 2, 2);
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }

  private static void assertTooNew(ThrowingCallable what) {
    assertThatThrownBy(what)
        .isInstanceOfSatisfying(
            SQLException.class,
            e -> {
              assertThat(e.getSQLState()).isEqualTo("57P03");
              assertThat(e.getMessage()).contains("version 2");
            });
  }
}

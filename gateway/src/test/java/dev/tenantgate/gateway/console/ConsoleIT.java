package dev.tenantgate.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.testing.BothModes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/** The console by a driver, in front of a real server, with both kinds of pooling. */
class ConsoleIT extends ConsoleGround {

  @BothModes
  void whatExportersAskForIsAnswered(String mode) throws Exception {
    try (Connection client = gateway(mode).connect("acme");
        Connection console = console(mode, "looker", "extended")) {
      client.createStatement().execute("SELECT 1");
      assertThat(show(console, "SHOW VERSION;").get(0).get("version")).startsWith("PgBouncer 1.");
      assertThat(show(console, "SHOW POOLS;"))
          .anySatisfy(
              pool ->
                  assertThat(pool)
                      .containsEntry("database", database.name())
                      .containsEntry("user", "postgres")
                      .containsEntry("cl_active", "1")
                      .containsEntry("pool_mode", mode));
      assertThat(show(console, "SHOW DATABASES;").get(0)).containsEntry("paused", "0");
      assertThat(show(console, "SHOW STATS_TOTALS;"))
          .anySatisfy(sums -> assertThat(Long.parseLong(sums.get("query_count"))).isGreaterThan(0));
      assertThat(show(console, "SHOW LISTS;")).hasSize(14);
      assertThat(show(console, "SHOW CONFIG;"))
          .anySatisfy(
              setting ->
                  assertThat(setting)
                      .containsEntry("key", "max_client_conn")
                      .containsEntry("value", "20000"))
          .anySatisfy(
              setting ->
                  assertThat(setting)
                      .containsEntry("key", "database.password")
                      .doesNotContainEntry("value", "postgres"));
      assertThat(show(console, "SHOW CLIENTS;"))
          .anySatisfy(
              row ->
                  assertThat(row)
                      .containsEntry("user", "postgres")
                      .containsEntry("tenant", "acme")
                      .containsEntry("addr", "127.0.0.1"));
      assertThat(show(console, "SHOW SERVERS;"))
          .anySatisfy(row -> assertThat(row).containsEntry("database", database.name()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended", "extendedForPrepared", "extendedCacheEverything"})
  void eachShowIsAnsweredInEachWayOfAsking(String queryMode) throws Exception {
    try (Connection console = console("session", "ops", queryMode)) {
      for (Shown shown : Shown.values()) {
        try (Statement statement = console.createStatement();
            ResultSet rows = statement.executeQuery("show " + shown.keyword())) {
          assertThat(rows.getMetaData().getColumnCount()).isEqualTo(shown.columns().size());
        }
      }
      assertThat(console.isValid(5)).isTrue();
    }
  }

  @Test
  void rowsAreFetchedInParts() throws Exception {
    try (Connection console = console("session", "ops", "extended")) {
      console.setAutoCommit(false);
      try (Statement statement = console.createStatement()) {
        statement.setFetchSize(3);
        int rows = 0;
        try (ResultSet settings = statement.executeQuery("SHOW CONFIG")) {
          while (settings.next()) {
            rows++;
          }
        }
        assertThat(rows).isGreaterThan(50);
      }
      console.commit();
    }
  }

  @Test
  void whoMayLookMayDoNothingElse() throws Exception {
    try (Connection console = console("session", "looker", "simple");
        Statement statement = console.createStatement()) {
      assertThatThrownBy(() -> statement.execute("RELOAD"))
          .isInstanceOfSatisfying(
              PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
      assertThat(show(console, "SHOW STATE")).isNotEmpty();
    }
  }

  @Test
  void othersAreRefusedBehindTheirLogin() {
    assertThatThrownBy(() -> console("session", "postgres", "simple"))
        .hasMessageContaining("password authentication failed");
    assertThatThrownBy(() -> console("transaction", "nobody", "simple"))
        .hasMessageContaining("password authentication failed");
  }

  @Test
  void settingsAreReloaded() throws Exception {
    try (Connection console = console("session", "ops", "extended");
        Statement statement = console.createStatement()) {
      statement.execute("RELOAD");
      assertThatThrownBy(() -> statement.execute("FROB acme"))
          .hasMessageContaining("invalid command 'FROB acme', use SHOW HELP;")
          .hasMessageContaining("SHUTDOWN");
    }
  }

  /** Somebody's transaction that has begun, and a transaction of another that has to wait. */
  private static CompletableFuture<String> ask(String mode, String tenant) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (Connection client = gateway(mode).connect(tenant);
              ResultSet row = client.createStatement().executeQuery("SELECT 'asked'")) {
            row.next();
            return row.getString(1);
          } catch (SQLException e) {
            return e.getMessage();
          }
        });
  }

  @BothModes
  void pauseWaitsForTransactionsAndHoldsTheNext(String mode) throws Exception {
    try (Connection console = console(mode, "ops", "extended");
        Statement command = console.createStatement();
        Connection client = gateway(mode).connect("acme")) {
      client.setAutoCommit(false);
      client.createStatement().execute("SELECT 1");
      CompletableFuture<Void> paused =
          CompletableFuture.runAsync(() -> execute(command, "PAUSE " + database.name()));
      try (Connection other = console(mode, "looker", "simple")) {
        await().until(() -> "1".equals(show(other, "SHOW DATABASES").get(0).get("paused")));
        assertThat(paused).isNotDone();
        client.commit();
        paused.get(60, TimeUnit.SECONDS);
        CompletableFuture<String> held = ask(mode, "acme");
        CompletableFuture<Void> next =
            CompletableFuture.runAsync(() -> execute(client, "SELECT 2"));
        await()
            .until(
                () ->
                    show(other, "SHOW CLIENTS").stream()
                        .anyMatch(row -> "waiting".equals(row.get("state"))));
        execute(command, "RESUME " + database.name());
        assertThat(held.get(60, TimeUnit.SECONDS)).isEqualTo("asked");
        next.get(60, TimeUnit.SECONDS);
      }
    }
  }

  @BothModes
  void pausedTenantIsHeldAndOthersGoOn(String mode) throws Exception {
    try (Connection console = console(mode, "ops", "simple");
        Statement command = console.createStatement()) {
      execute(command, "PAUSE TENANT acme");
      CompletableFuture<String> held = ask(mode, "acme");
      assertThat(ask(mode, "globex").get(60, TimeUnit.SECONDS)).isEqualTo("asked");
      await().until(() -> show(console, "SHOW HELD").size() == 1);
      assertThat(show(console, "SHOW TENANTS").get(0))
          .containsEntry("tenant", "acme")
          .containsEntry("paused", "1");
      command.execute("RELOAD");
      assertThat(held).isNotDone();
      execute(command, "RESUME TENANT acme");
      assertThat(held.get(60, TimeUnit.SECONDS)).isEqualTo("asked");
    }
  }

  /** Outside a transaction a switch waits; a transaction that is open may end where it has gone. */
  @BothModes
  void switchIntoAPausedTenantIsHeld(String mode) throws Exception {
    try (Connection console = console(mode, "ops", "simple");
        Statement command = console.createStatement();
        Connection client = gateway(mode).connect("globex");
        Connection open = gateway(mode).connect("globex")) {
      execute(client, "SELECT 1");
      open.setAutoCommit(false);
      execute(open, "SELECT 1");
      execute(command, "PAUSE TENANT acme");
      CompletableFuture<Void> held =
          CompletableFuture.runAsync(() -> execute(client, "SET search_path = tenant_acme"));
      await().until(() -> show(console, "SHOW HELD").size() == 1);
      execute(open, "SET LOCAL search_path = tenant_acme");
      execute(open, "SELECT 1");
      open.commit();
      assertThat(held).isNotDone();
      execute(command, "RESUME TENANT acme");
      held.get(60, TimeUnit.SECONDS);
      execute(client, "SELECT count(*) FROM sites");
    }
  }

  @BothModes
  void statementsOfAClientAreCounted(String mode) throws Exception {
    try (Connection console = console(mode, "looker", "simple");
        Connection client =
            gateway(mode)
                .connect(
                    Map.of(
                        "currentSchema", "tenant_acme",
                        "prepareThreshold", "-1",
                        "ApplicationName", "counted"))) {
      try (PreparedStatement one = client.prepareStatement("SELECT 1");
          PreparedStatement two = client.prepareStatement("SELECT 2")) {
        one.execute();
        two.execute();
        assertThat(prepared(console)).isEqualTo("2");
      }
      client.createStatement().execute("DEALLOCATE ALL");
      assertThat(prepared(console)).isEqualTo("0");
    }
  }

  private static String prepared(Connection console) throws SQLException {
    return show(console, "SHOW CLIENTS").stream()
        .filter(row -> "counted".equals(row.get("application_name")))
        .map(row -> String.valueOf(row.get("prepared_statements")))
        .findFirst()
        .orElse("none");
  }

  @Test
  void pauseThatIsNotWaitedForIsTakenBack() throws Exception {
    try (Connection console = console("transaction", "ops", "extended");
        Statement command = console.createStatement();
        Connection client = gateway("transaction").connect("acme")) {
      client.setAutoCommit(false);
      client.createStatement().execute("SELECT 1");
      CompletableFuture<Void> paused = CompletableFuture.runAsync(() -> execute(command, "PAUSE"));
      try (Connection other = console("transaction", "looker", "simple")) {
        await().until(() -> "yes".equals(show(other, "SHOW STATE").get(1).get("value")));
        command.cancel();
        assertThatThrownBy(() -> paused.get(60, TimeUnit.SECONDS))
            .hasMessageContaining("canceling statement due to user request");
        assertThat(show(other, "SHOW STATE").get(1)).containsEntry("value", "no");
      }
      assertThat(ask("transaction", "acme").get(60, TimeUnit.SECONDS)).isEqualTo("asked");
    }
  }

  @Test
  void killEndsClientsAndDisableTurnsNewOnesAway() throws Exception {
    try (Connection console = console("transaction", "ops", "simple");
        Statement command = console.createStatement();
        Connection client = gateway("transaction").connect("globex")) {
      execute(command, "DISABLE TENANT globex; KILL TENANT globex");
      assertThatThrownBy(() -> client.createStatement().execute("SELECT 1"))
          .isInstanceOfSatisfying(
              PSQLException.class, e -> assertThat(e.getSQLState()).isIn("57P01", "08006"));
      assertThat(ask("transaction", "globex").get(60, TimeUnit.SECONDS)).contains("is disabled");
      assertThat(ask("transaction", "acme").get(60, TimeUnit.SECONDS)).isEqualTo("asked");
      execute(command, "ENABLE TENANT globex; RESUME TENANT globex");
      assertThat(ask("transaction", "globex").get(60, TimeUnit.SECONDS)).isEqualTo("asked");
    }
  }

  @Test
  void connectionsAreClosedAtTheEndOfTheirTransactionsAndWaitedFor() throws Exception {
    try (Connection console = console("transaction", "ops", "simple");
        Statement command = console.createStatement();
        Connection other = console("transaction", "looker", "simple");
        Connection client = gateway("transaction").connect("acme")) {
      client.setAutoCommit(false);
      client.createStatement().execute("SELECT 1");
      execute(command, "RECONNECT");
      await()
          .until(
              () ->
                  show(other, "SHOW SERVERS").stream()
                      .allMatch(row -> "1".equals(row.get("close_needed"))));
      CompletableFuture<Void> closed =
          CompletableFuture.runAsync(() -> execute(command, "WAIT_CLOSE " + database.name()));
      client.commit();
      closed.get(60, TimeUnit.SECONDS);
      assertThat(show(other, "SHOW SERVERS"))
          .allSatisfy(row -> assertThat(row).containsEntry("close_needed", "0"));
    }
  }

  @Test
  void tenantIsUpgraded() throws Exception {
    try (Connection console = console("session", "ops", "simple");
        Statement command = console.createStatement()) {
      command.execute("UPGRADE acme");
      assertThat(String.valueOf(command.getWarnings())).contains("tenant_acme");
      command.execute("UPGRADE ALL");
      assertThatThrownBy(() -> command.execute("UPGRADE nobody"))
          .hasMessageContaining("the upgrade failed");
    }
  }

  private static void execute(Connection connection, String text) {
    try (Statement statement = connection.createStatement()) {
      execute(statement, text);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void execute(Statement command, String text) {
    try {
      command.execute(text);
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }
}

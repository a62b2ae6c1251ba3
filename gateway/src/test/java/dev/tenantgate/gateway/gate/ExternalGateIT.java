package dev.tenantgate.gateway.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Tenants that another tool migrates, which is run by somebody else: the gate waits for it. */
class ExternalGateIT {

  static TestDatabase database;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    database = TestPostgres.latest().newDatabase();
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @BeforeEach
  void makeTenants() {
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
  }

  @AfterEach
  void dropTenants() {
    String schemas =
        String.join(
            ", ",
            database
                .column(
                    "SELECT nspname FROM pg_namespace"
                        + " WHERE nspname LIKE 'tenant\\_%' OR nspname = 'platform'")
                .stream()
                .map(String::valueOf)
                .toList());
    database.execute("DROP SCHEMA " + schemas + " CASCADE");
  }

  private GatewayFixture gateway(String key, String value, String... more) {
    Map<String, String> settings = new HashMap<>(Map.of("migrations.tool", "external", key, value));
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return GatewayFixture.start(database, folder, settings);
  }

  private static String required(ToolHistories tool) {
    return switch (tool) {
      case DJANGO -> "gate.required-names";
      case LIQUIBASE -> "gate.required-tag";
      default -> "gate.required";
    };
  }

  private static String second(ToolHistories tool) {
    return switch (tool) {
      case DJANGO -> "shop.0002_add_email";
      case LIQUIBASE -> "v2";
      default -> "2";
    };
  }

  /** Takes the second migration out of a history. */
  private static String withoutSecond(ToolHistories tool, String schema) {
    String table = schema + "." + tool.table();
    return switch (tool) {
      case GOLANG_MIGRATE, TERN -> "UPDATE " + table + " SET version = 1";
      default ->
          "DELETE FROM %s AS h WHERE h::text LIKE '%%2%%add%%email%%' OR h::text ~* 'email2'"
                  .formatted(table)
              + (switch (tool) {
                case GOOSE -> " OR version_id = 2";
                case ECTO, RAILS, DBMATE -> " OR version::text = '2'";
                default -> "";
              });
    };
  }

  private static void migrate(ToolHistories tool, String schema) {
    database.execute(
        "DROP TABLE IF EXISTS %s.%s; %s".formatted(schema, tool.table(), tool.in(schema)));
  }

  private static CompletableFuture<Connection> connecting(GatewayFixture gateway, String tenant) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return gateway.connect(tenant);
          } catch (SQLException e) {
            throw new CompletionException(e);
          }
        });
  }

  private static ServerErrorMessage refusal(GatewayFixture gateway, String tenant) {
    ServerErrorMessage[] message = new ServerErrorMessage[1];
    assertThatThrownBy(() -> gateway.connect(tenant).close())
        .isInstanceOfSatisfying(PSQLException.class, e -> message[0] = e.getServerErrorMessage());
    return message[0];
  }

  private void file(String name, String text) throws Exception {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gate.required", "gate.required-names", "gate.required-tag"})
  void aTenantThatIsBehindIsHeldUntilItsToolHasRun(String key) throws Exception {
    List<ToolHistories> tools =
        Arrays.stream(ToolHistories.values()).filter(tool -> required(tool).equals(key)).toList();
    for (ToolHistories tool : tools) {
      database.execute("CREATE SCHEMA " + schema(tool));
      migrate(tool, schema(tool));
      database.execute(withoutSecond(tool, schema(tool)));
    }
    migrate(tools.get(0), "tenant_acme");

    try (GatewayFixture gateway = gateway(key, second(tools.get(0)))) {
      gateway.connect("acme").close();
      List<CompletableFuture<Connection>> held =
          tools.stream().map(tool -> connecting(gateway, tenant(tool))).toList();
      await().until(() -> gateway.gateway().held() == tools.size());

      for (int i = 0; i < tools.size(); i++) {
        ToolHistories tool = tools.get(i);
        assertThat(held.get(i)).as(tool.label()).isNotDone();
        migrate(tool, schema(tool));
        held.get(i).get(10, TimeUnit.SECONDS).close();
      }
    }
  }

  private static String tenant(ToolHistories tool) {
    return tool.name().toLowerCase(Locale.ROOT);
  }

  private static String schema(ToolHistories tool) {
    return "tenant_" + tenant(tool);
  }

  @Test
  void aTenantWithoutAHistoryLacksEverythingAndIsLeftAsItIs() throws Exception {
    database.execute("CREATE TABLE tenant_globex.accounts (id int)");
    try (GatewayFixture gateway = gateway("gate.required", "2", "gate.policy", "reject")) {
      for (String tenant : new String[] {"acme", "globex"}) {
        ServerErrorMessage refusal = refusal(gateway, tenant);

        assertThat(refusal.getSQLState()).isEqualTo("57P03");
        assertThat(refusal.getMessage())
            .contains("has no history of the other tool and needs version 2");
        assertThat(refusal.getHint()).contains("run the other tool for schema tenant_" + tenant);
      }
    }
    assertThat(
            database.column(
                "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                    + " WHERE nspname LIKE 'tenant\\_%' AND relkind = 'r'"))
        .containsExactly("accounts");
  }

  @Test
  void theErrorNamesToolAndVersions() throws Exception {
    migrate(ToolHistories.FLYWAY, "tenant_acme");
    file("V1__create_users.sql", "");
    file("V2__add_email.sql", "");
    file("V2_1__add_phone.sql", "");
    file("V10__more.sql", "");

    try (GatewayFixture gateway = gateway("gate.hold-timeout", "2s")) {
      ServerErrorMessage refusal = refusal(gateway, "acme");

      assertThat(refusal.getMessage())
          .contains("tenant \"acme\" is at version 2 of Flyway and needs version 10", "was held");
      assertThat(refusal.getDetail()).isEqualTo("Pending migrations: 2.1, 10.");
      assertThat(refusal.getHint())
          .contains("run Flyway for schema tenant_acme up to version 10", "external");
    }
  }

  @Test
  void aMigrationThatFailedHalfwayIsToldAtTheWire() throws Exception {
    database.execute(
        ToolHistories.GOLANG_MIGRATE.in("tenant_acme")
            + "; UPDATE tenant_acme.schema_migrations SET dirty = true;"
            + ToolHistories.FLYWAY.in("tenant_globex")
            + "; UPDATE tenant_globex.flyway_schema_history SET success = false WHERE version ="
            + " '2'");

    try (GatewayFixture gateway = gateway("gate.required", "2")) {
      ServerErrorMessage dirty = refusal(gateway, "acme");
      ServerErrorMessage failed = refusal(gateway, "globex");

      assertThat(dirty.getDetail()).contains("golang-migrate", "version 2 is dirty");
      assertThat(failed.getDetail()).contains("Flyway", "2 add email isn't applied in full");
      assertThat(failed.getSQLState()).isEqualTo("57P03");
    }
  }

  @Test
  void aToolThatIsAtWorkIsWaitedForThoughItsHistoryIsDirty() throws Exception {
    migrate(ToolHistories.GOLANG_MIGRATE, "tenant_acme");
    try (GatewayFixture gateway = gateway("gate.required", "3");
        Connection tool = database.connect();
        Statement statement = tool.createStatement()) {
      CompletableFuture<Connection> held = connecting(gateway, "acme");
      await().until(() -> gateway.gateway().held() == 1);
      statement.execute("SELECT pg_advisory_lock(4711)");
      statement.execute("UPDATE tenant_acme.schema_migrations SET version = 3, dirty = true");

      CompletableFuture<Connection> late = connecting(gateway, "acme");
      await().until(() -> gateway.gateway().held() == 2);
      await().during(Duration.ofMillis(700)).until(() -> gateway.gateway().held() == 2);
      statement.execute("UPDATE tenant_acme.schema_migrations SET dirty = false");
      statement.execute("SELECT pg_advisory_unlock(4711)");

      held.get(10, TimeUnit.SECONDS).close();
      late.get(10, TimeUnit.SECONDS).close();
    }
  }

  @Test
  void publicIsGatedByItsOwnHistoryWhereItIsInScope() throws Exception {
    migrate(ToolHistories.ECTO, "tenant_acme");
    database.execute(ToolHistories.ECTO.in("public") + "; DELETE FROM public.schema_migrations");
    try (GatewayFixture gateway =
        gateway(
            "gate.required", "2", "gate.policy", "reject", "migrations.default-scope", "both")) {
      Map<String, String> both =
          Map.of("user", "postgres", "options", "-c search_path=tenant_acme,public");
      assertThatThrownBy(() -> gateway.connect(both))
          .hasMessageContaining("depends on schema \"public\"")
          .hasMessageContaining("has no migration of Ecto applied and needs version 2");
      database.execute("INSERT INTO public.schema_migrations VALUES (2, now())");
      await()
          .ignoreExceptionsInstanceOf(PSQLException.class)
          .untilAsserted(() -> gateway.connect(both).close());
    } finally {
      database.execute("DROP TABLE public.schema_migrations");
    }
  }

  @Test
  void aReloadOfAFolderThatCannotBeUsedIsRefusedAndChangesNothing() throws Exception {
    migrate(ToolHistories.FLYWAY, "tenant_acme");
    file("V2__add_email.sql", "");
    try (GatewayFixture gateway = gateway("gate.policy", "reject")) {
      file("V3_typo.sql", "");
      assertThat(gateway.gateway().reload().toString())
          .contains("Refused", "V3_typo.sql", "two underscores");
      gateway.connect("acme").close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void aRequirementThatRisesHoldsOpenSessionsAtTheirNextTransaction(String mode) throws Exception {
    migrate(ToolHistories.RAILS, "tenant_acme");
    file("1_create_users.rb", "");
    file("2_add_email.rb", "");

    try (GatewayFixture gateway =
            gateway(
                "pool.mode",
                mode,
                "auth.method",
                mode.equals("session") ? "pass-through" : "trust");
        Connection connection = gateway.connect("acme")) {
      connection.createStatement().execute("SELECT 1");
      file("3_add_phone.rb", "");
      assertThat(gateway.gateway().reload().toString()).contains("Done");
      CompletableFuture<Boolean> next =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return connection.createStatement().execute("SELECT 1");
                } catch (SQLException e) {
                  throw new CompletionException(e);
                }
              });
      await().until(() -> gateway.gateway().held() == 1);
      database.execute("INSERT INTO tenant_acme.schema_migrations VALUES ('3')");

      assertThat(next.get()).isTrue();
    }
  }

  @Test
  void aHistoryThatTheToolHasLockedIsNotWaitedFor() throws Exception {
    migrate(ToolHistories.TERN, "tenant_acme");
    migrate(ToolHistories.TERN, "tenant_globex");
    try (GatewayFixture gateway = gateway("gate.required", "2");
        Connection tool = database.connect()) {
      tool.setAutoCommit(false);
      tool.createStatement().execute("LOCK TABLE tenant_acme.schema_version");

      CompletableFuture<Connection> held = connecting(gateway, "acme");
      await().until(() -> gateway.gateway().held() == 1);
      gateway.connect("globex").close();
      tool.createStatement().execute("UPDATE tenant_acme.schema_version SET version = 3");
      assertThat(held).isNotDone();
      tool.commit();

      held.get().close();
    }
  }

  @Test
  void aTableForAllTenantsIsReadByItsRowsOrIfItIsNamed() throws Exception {
    database.execute(
        "CREATE SCHEMA platform; "
            + ToolHistories.NAMES.in("platform")
            + "; ALTER TABLE platform.schema_migrations ADD tenant_schema text;"
            + " UPDATE platform.schema_migrations SET tenant_schema = 'tenant_acme'");
    try (GatewayFixture gateway = gateway("gate.required", "2", "gate.policy", "reject")) {
      gateway.connect("acme").close();
      assertThat(refusal(gateway, "globex").getMessage()).contains("has no");
    }
    database.execute("ALTER TABLE platform.schema_migrations DROP tenant_schema");
    try (GatewayFixture gateway = gateway("gate.required", "2", "gate.policy", "reject")) {
      assertThat(refusal(gateway, "acme").getDetail())
          .contains("migrations.history-table: platform.schema_migrations");
    }
    try (GatewayFixture gateway =
        gateway(
            "gate.required", "2",
            "gate.policy", "reject",
            "migrations.history-table", "platform.schema_migrations")) {
      gateway.connect("acme").close();
      gateway.connect("globex").close();
    }
  }

  @Test
  void whatCannotBeHeldAgainstTheHistoryIsToldAtOnce() throws Exception {
    migrate(ToolHistories.DJANGO, "tenant_acme");
    try (GatewayFixture gateway = gateway("gate.required", "2")) {
      assertThat(refusal(gateway, "acme").getDetail())
          .contains("Django keeps no versions", "gate.required-names");
    }
    try (GatewayFixture gateway = gateway("gate.required-names", "shop.0001_create_users")) {
      gateway.connect("acme").close();
      assertThatThrownBy(
              () ->
                  gateway.connect(
                      Map.of(
                          "currentSchema", "tenant_acme",
                          "options", "-c tenantgate.min_version=2")))
          .hasMessageContaining("tenantgate.min_version");
    }
    migrate(ToolHistories.RAILS, "tenant_globex");
    try (GatewayFixture gateway = gateway("gate.required", "1", "gate.policy", "reject")) {
      gateway
          .connect(
              Map.of("currentSchema", "tenant_globex", "options", "-c tenantgate.min_version=2"))
          .close();
      assertThatThrownBy(
              () ->
                  gateway.connect(
                      Map.of(
                          "currentSchema", "tenant_globex",
                          "options", "-c tenantgate.min_version=3")))
          .hasMessageContaining("is at version 2 of Rails or dbmate and needs version 3");
    }
  }

  @Test
  void manyWhoWaitAreLookedAtTogether() throws Exception {
    migrate(ToolHistories.ECTO, "tenant_acme");
    try (GatewayFixture gateway = gateway("gate.required", "3")) {
      CompletableFuture<?>[] all = new CompletableFuture<?>[20];
      for (int i = 0; i < all.length; i++) {
        all[i] =
            connecting(gateway, i % 2 == 0 ? "acme" : "globex").thenAccept(ExternalGateIT::end);
      }
      await().until(() -> gateway.gateway().held() == 20);
      for (String tenant : new String[] {"acme", "globex"}) {
        migrate(ToolHistories.ECTO, "tenant_" + tenant);
        database.execute("INSERT INTO tenant_" + tenant + ".schema_migrations VALUES (3, now())");
      }
      CompletableFuture.allOf(all).get(10, TimeUnit.SECONDS);
    }
  }

  private static void end(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aTableThatIsDroppedPutsItsTenantBehind() throws Exception {
    migrate(ToolHistories.GOOSE, "tenant_acme");
    try (GatewayFixture gateway =
            gateway(
                "gate.required", "2", "gate.policy", "reject", "gate.recheck-interval", "100ms");
        Connection connection = gateway.connect("acme")) {
      database.execute("DROP TABLE tenant_acme.goose_db_version");

      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> connection.createStatement().execute("SELECT 1"))
                      .hasMessageContaining("needs version 2"));
    }
  }
}

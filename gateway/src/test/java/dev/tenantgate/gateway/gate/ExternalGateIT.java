package dev.tenantgate.gateway.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The gate where another tool migrates: held, let in, told. */
class ExternalGateIT extends ExternalGateFixture {

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
        held.get(i).get(60, TimeUnit.SECONDS).close();
      }
    }
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

      held.get(60, TimeUnit.SECONDS).close();
      late.get(60, TimeUnit.SECONDS).close();
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

  @BothModes
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
}

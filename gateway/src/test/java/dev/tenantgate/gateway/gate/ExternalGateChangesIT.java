package dev.tenantgate.gateway.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.sql.Connection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The gate where another tool migrates, while things change. */
class ExternalGateChangesIT extends ExternalGateFixture {

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
      CompletableFuture.allOf(all).get(60, TimeUnit.SECONDS);
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
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> connection.createStatement().execute("SELECT 1"))
                      .hasMessageContaining("needs version 2"));
    }
  }
}

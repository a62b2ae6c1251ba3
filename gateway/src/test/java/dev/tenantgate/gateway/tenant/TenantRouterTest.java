package dev.tenantgate.gateway.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.gateway.tenant.TenantRoute.Refused;
import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.SchemaRef;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantRouterTest {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final SchemaRef GLOBEX = new SchemaRef("tenant_globex", "globex");

  private TestSettings settings = new TestSettings();

  @Test
  void theSearchPathNamesTheTenant() {
    Routed route = routed("app", null, "tenant_acme, public");

    assertThat(route.tenant()).isEqualTo(ACME);
    assertThat(schemas(route)).containsExactly(SchemaRef.PUBLIC, ACME);
    assertThat(route.searchPath()).isEqualTo("tenant_acme, public");
  }

  @Test
  void whatWasAskedBeforeIsAnsweredAsBefore() {
    TenantRouter router = new TenantRouter(settings.build());
    RoutingRequest acme = new RoutingRequest("app", "app", null, "tenant_acme");

    TenantRoute first = router.route(acme);
    for (int i = 0; i < 10_000; i++) {
      String path = "tenant_%d".formatted(i);
      Routed other = (Routed) router.route(new RoutingRequest("app", "app", null, path));
      assertThat(other.searchPath()).isEqualTo(path);
    }

    assertThat(router.route(acme)).isEqualTo(first).isEqualTo(router.route(acme));
  }

  @Test
  void everyTenantOnThePathIsGated() {
    Routed route = routed("app", null, "tenant_globex, tenant_acme, tenant_globex");

    assertThat(route.tenant()).isEqualTo(GLOBEX);
    assertThat(schemas(route)).containsExactly(SchemaRef.PUBLIC, GLOBEX, ACME);
  }

  @Test
  void anExplicitTenantGetsThePathOfTheSettings() {
    Routed route = routed("app", "acme", null);

    assertThat(route.tenant()).isEqualTo(ACME);
    assertThat(schemas(route)).containsExactly(SchemaRef.PUBLIC, ACME);
    assertThat(route.searchPath()).isEqualTo("\"tenant_acme\", public");
  }

  @Test
  void hostileTenantNamesAreQuoted() {
    Routed route = routed("app", "a\", tenant_globex, \"b", null);

    assertThat(route.searchPath()).isEqualTo("\"tenant_a\"\", tenant_globex, \"\"b\", public");
    assertThat(schemas(route)).hasSize(2);
  }

  @Test
  void anExplicitTenantOnItsPathLeavesThePathAsGiven() {
    Routed route = routed("app", "acme", "public,TENANT_ACME");

    assertThat(route.searchPath()).isEqualTo("public,TENANT_ACME");
    assertThat(route.tenant()).isEqualTo(ACME);
  }

  @Test
  void anExplicitTenantIsPutInFrontOfAPathWithoutTenants() {
    assertThat(routed("app", "acme", "\"$user\", public").searchPath())
        .isEqualTo("\"tenant_acme\", \"$user\", public");
    assertThat(routed("app", "acme", " ").searchPath()).isEqualTo("\"tenant_acme\"");
  }

  @Test
  void aPathThatLeadsToAnotherTenantIsRefused() {
    Refusal refusal = refused("app", "acme", "tenant_globex, public");

    assertThat(refusal.sqlState()).isEqualTo("22023");
    assertThat(refusal.message()).contains("\"acme\"").contains("\"globex\"");
    assertThat(refused("tenant_globex", "acme", "\"$user\", public").sqlState()).isEqualTo("22023");
  }

  @Test
  void aConnectionWithoutTenantPassesOrNot() {
    Routed route = routed("app", null, "public");
    assertThat(route.tenant()).isNull();
    assertThat(schemas(route)).containsExactly(SchemaRef.PUBLIC);
    assertThat(routed("app", null, null).searchPath()).isNull();

    settings.untenanted(PassOrReject.REJECT);
    Refusal refusal = refused("app", null, "public");
    assertThat(refusal.sqlState()).isEqualTo("3F000");
    assertThat(refusal.hint()).contains("search_path=tenant_NAME").contains("tenantgate.tenant");
  }

  @Test
  void aUserWithASchemaOfItsNameIsItsTenant() {
    Routed route = routed("tenant_acme", null, null);

    assertThat(route.tenant()).isEqualTo(ACME);
    assertThat(route.searchPath()).isNull();
    assertThat(route.schemas()).contains(new GatedSchema(ACME, true));

    settings.untenanted(PassOrReject.REJECT);
    assertThat(routed("tenant_acme", null, null).schemas()).contains(new GatedSchema(ACME, false));
  }

  @Test
  void thePathMayNameTheUser() {
    assertThat(routed("tenant_acme", null, "$user, public").tenant()).isEqualTo(ACME);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\0b", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})
  void namesThatCannotExistAreRefused(String tenant) {
    assertThat(refused("app", tenant, null).sqlState()).isEqualTo("3F000");
  }

  @Test
  void theSystemsSchemasAreNobodysTenants() {
    settings.pattern("{tenant}");

    assertThat(schemas(routed("app", null, "pg_catalog, information_schema, tenantgate, public")))
        .containsExactly(SchemaRef.PUBLIC);
    assertThat(refused("app", "pg_catalog", null).sqlState()).isEqualTo("3F000");
    assertThat(routed("app", "acme", null).tenant()).isEqualTo(new SchemaRef("acme", "acme"));
  }

  @Test
  void anInvalidPathIsToldAsTheServerWould() {
    Refusal refusal = refused("app", null, "tenant_acme,,public");

    assertThat(refusal.sqlState()).isEqualTo("22023");
    assertThat(refusal.message())
        .isEqualTo("invalid value for parameter \"search_path\": \"tenant_acme,,public\"");
    assertThat(refusal.detail()).startsWith("List syntax is invalid");
  }

  @Test
  void otherDatabasesArePassedUngatedOrRefused() {
    RoutingRequest other = new RoutingRequest("app", "other", null, "tenant_acme");
    assertThat(((Refused) router().route(other)).refusal().sqlState()).isEqualTo("3D000");

    settings.others(PassOrReject.PASS);
    assertThat(((Routed) router().route(other)).schemas()).isEmpty();
  }

  @Test
  void replicationIsPassedUngatedOrRefused() {
    ReplicationRequest ours = new ReplicationRequest("app", false, "tenant_acme");
    assertThat(refusal(router().route(ours))).isEqualTo("0A000");

    settings.replication(PassOrReject.PASS);
    Routed routed = (Routed) router().route(ours);
    assertThat(routed.schemas()).isEmpty();
    assertThat(routed.searchPath()).isEqualTo("tenant_acme");
    assertThat(refusal(router().route(new ReplicationRequest("app", true, null))))
        .isEqualTo("0A000");
  }

  @Test
  void replicationOfOtherDatabasesIsAsTheirConnectionsAre() {
    settings.replication(PassOrReject.PASS);
    ReplicationRequest other = new ReplicationRequest("other", false, null);
    assertThat(refusal(router().route(other))).isEqualTo("3D000");
    assertThat(router().route(new ReplicationRequest(null, false, null)))
        .isInstanceOf(Routed.class);

    settings.others(PassOrReject.PASS);
    assertThat(router().route(other)).isInstanceOf(Routed.class);
  }

  private static String refusal(TenantRoute route) {
    return ((Refused) route).refusal().sqlState();
  }

  @Test
  void aDatabaseNameThatTheServerCutsToOursIsOurs() {
    String name = "d".repeat(63);
    settings.others(PassOrReject.PASS).databaseName(name);

    assertThat(
            ((Routed) router().route(new RoutingRequest("app", name + "x", null, null))).schemas())
        .isNotEmpty();
  }

  private TenantRouter router() {
    return new TenantRouter(settings.build());
  }

  private Routed routed(String user, @Nullable String tenant, @Nullable String searchPath) {
    return (Routed) router().route(new RoutingRequest(user, "app", tenant, searchPath));
  }

  private Refusal refused(String user, @Nullable String tenant, @Nullable String searchPath) {
    return ((Refused) router().route(new RoutingRequest(user, "app", tenant, searchPath)))
        .refusal();
  }

  private static List<SchemaRef> schemas(Routed route) {
    return route.schemas().stream().map(GatedSchema::schema).toList();
  }
}

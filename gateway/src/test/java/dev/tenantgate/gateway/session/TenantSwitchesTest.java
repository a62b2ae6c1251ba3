package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.TenantSettings.Switching;
import dev.tenantgate.gateway.gate.Requirement;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SwitchingCalls;
import dev.tenantgate.gateway.scan.UnprovenNames;
import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.RoutingRequest;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.tenant.TenantRoute.Refused;
import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@link TenantSwitches}: where paths and names lead a session, and where it may not go. */
class TenantSwitchesTest {

  private static final Operand PATH = new Operand.Literal("search_path");
  private static final Operand ACME = new Operand.Literal("tenant_acme");
  private static final Operand FALSE = new Operand.Literal("false");
  private static final Operand UNKNOWN = new Operand.Opaque();

  private final TenantRouter router = new TenantRouter(new TestSettings().build());
  private TenantSwitches.Rules rules = rules(Switching.ALLOW);
  private final TenantSwitches switches = from("tenant_acme, \"$user\", public");

  private TenantSwitches.Rules rules(Switching switching) {
    return new TenantSwitches.Rules(
        router,
        switching,
        new SwitchingCalls(UnprovenNames.of(List.of("go"))),
        QualifiedNames.NONE);
  }

  /** A session that logged in as login, and acts as user by its default role. */
  private TenantSwitches from(String path) {
    TenantRoute route = router.route(new RoutingRequest("user", "app", null, path));
    return new TenantSwitches(
        new TenantSwitches.Start("login", "user", "app", (Routed) route, path, Requirement.NONE),
        () -> rules);
  }

  private static List<String> schemas(@Nullable TenantRoute route) {
    return ((Routed) Objects.requireNonNull(route))
        .schemas().stream().map(GatedSchema::schema).map(SchemaRef::schema).toList();
  }

  private static Refusal refusal(@Nullable TenantRoute route) {
    return ((Refused) Objects.requireNonNull(route)).refusal();
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  // ---- where a path leads

  @Test
  void pathLeadsToItsTenant() {
    assertThat(schemas(switches.lead("tenant_globex", null))).contains("tenant_globex");
    assertThat(schemas(switches.lead("tenant_acme", null))).contains("tenant_acme");
    assertThat(schemas(switches.lead(switches.defaultPath(), null))).contains("tenant_acme");
    assertThat(switches.defaultPath()).isEqualTo("tenant_acme, \"$user\", public");
  }

  @Test
  void pathLeadsElsewhereForAnotherUser() {
    TenantSwitches own = from("\"$user\"");
    assertThat(schemas(own.lead("\"$user\"", "tenant_globex"))).contains("tenant_globex");
    assertThat(schemas(own.lead("\"$user\"", "tenant_acme"))).contains("tenant_acme");
    assertThat(schemas(own.lead("\"$user\"", null))).doesNotContain("tenant_acme");
  }

  @Test
  void leadsAreKeptUnderTheSameRules() {
    TenantRoute first = switches.lead("tenant_globex", null);
    TenantRoute second = switches.lead("tenant_initech", null);
    assertThat(switches.lead("tenant_globex", null)).isSameAs(first);
    assertThat(switches.lead("tenant_initech", null)).isSameAs(second);
    assertThat(switches.lead("tenant_initech", "other")).isNotSameAs(second);

    rules = rules(Switching.DENY);

    assertThat(switches.lead("tenant_globex", null)).isInstanceOf(Refused.class);
  }

  @Test
  void pathThatIsNoneIsTheServersToRefuse() {
    assertThat(switches.lead("tenant_acme,,", null)).isNull();
  }

  @Test
  void pathOfAUserHasItsName() {
    assertThat(switches.pathOf("\"$user\", public", "boss")).isEqualTo("\"boss\", \"public\"");
    assertThat(switches.pathOf("\"$user\", public", null)).isEqualTo("\"user\", \"public\"");
    assertThat(switches.pathOf("\"$user\", public", "NONE")).isEqualTo("\"login\", \"public\"");
    assertThat(switches.pathOf(null, "boss")).isEqualTo("\"tenant_acme\", \"boss\", \"public\"");
    assertThat(switches.pathOf("tenant_acme", "boss")).as("the same for all").isNull();
    assertThat(switches.pathOf("tenant_acme,,", "boss")).as("refused").isNull();
  }

  // ---- names with a schema

  @Test
  void namesLeadToTheirSchemas() {
    assertThat(schemas(switches.routeTo(new SessionEffect.NamesSchemas(List.of("tenant_globex")))))
        .containsExactly("public", "tenant_globex");
    rules = rules(Switching.DENY);
    assertThat(refusal(switches.routeTo(new SessionEffect.NamesSchemas(List.of("tenant_globex")))))
        .extracting(Refusal::message)
        .isEqualTo("the session may not switch to tenant \"globex\"");
  }

  @Test
  void namesAreBeyondWhereTheSessionIsNot() {
    Routed acme = router.routeTo(List.of("tenant_acme"));
    Routed both = router.routeTo(List.of("tenant_acme", "tenant_globex"));
    assertThat(TenantSwitches.isBeyond(acme, null)).isTrue();
    assertThat(TenantSwitches.isBeyond(acme, acme)).isFalse();
    assertThat(TenantSwitches.isBeyond(acme, both)).isFalse();
    assertThat(TenantSwitches.isBeyond(both, acme)).isTrue();
  }

  @Test
  void namesAreLookedForWhereATenantCanBeMet() {
    assertThat(switches.qualified()).isSameAs(rules.qualified());
    TenantSwitches ungated =
        new TenantSwitches(
            new TenantSwitches.Start(
                "login",
                "user",
                "app",
                new Routed(List.of(), null, null),
                "public",
                Requirement.NONE),
            () -> {
              throw new AssertionError("nobody asks for the rules");
            });
    assertThat(ungated.qualified()).isSameAs(QualifiedNames.NONE);
  }

  // ---- what may hide a switch

  @Test
  void textAndFunctionsMayHideASwitch() {
    ByteBuf hiding = text("select go()");
    ByteBuf plain = text("select 1");
    assertThat(switches.mayHide(hiding, 0, hiding.writerIndex())).isTrue();
    assertThat(switches.mayHide(plain, 0, plain.writerIndex())).isFalse();
    assertThat(switches.textRules()).isSameAs(rules);
    assertThat(switches.mayLead(952)).as("lo_open").isFalse();
    assertThat(switches.mayLead(2078)).as("set_config").isTrue();
  }

  // ---- switching denied

  @Test
  void sessionStaysWithItsTenantWhereSwitchingIsDenied() {
    rules = rules(Switching.DENY);
    assertThat(schemas(switches.lead("tenant_acme", null))).contains("tenant_acme");
    assertThat(schemas(switches.lead("public", null))).containsExactly("public");
    Refusal refusal = refusal(switches.lead("tenant_globex", null));
    assertThat(refusal.sqlState()).isEqualTo("42501");
    assertThat(refusal.message()).isEqualTo("the session may not switch to tenant \"globex\"");
    assertThat(refusal.detail())
        .isEqualTo("It belongs to tenant \"acme\", and tenants.switching is deny.");
    assertThat(refusal(from("public").lead("tenant_globex", null)).detail())
        .isEqualTo("It belongs to no tenant, and tenants.switching is deny.");
  }

  @Test
  void computedPathIsDenied() {
    SessionEffect computed = new SessionEffect.SetParameter("search_path", UNKNOWN, false);
    assertThat(switches.objection(computed)).isNull();
    assertThat(switches.objectionToUnseen()).isNull();
    rules = rules(Switching.DENY);

    assertThat(switches.objection(computed)).isEqualTo(switches.objectionToUnseen());
    assertThat(switches.objectionToUnseen())
        .extracting(Refusal::message)
        .isEqualTo("the session may not switch to a tenant that isn't known beforehand");
  }

  @Test
  void whatIsKnownBeforehandIsNotDeniedByThis() {
    rules = rules(Switching.DENY);
    for (SessionEffect sure :
        List.of(
            new SessionEffect.SetParameter("search_path", ACME, false),
            new SessionEffect.SetParameter("work_mem", UNKNOWN, false),
            new SessionEffect.SetConfig(new Operand.Literal("work_mem"), UNKNOWN, FALSE, true),
            new SessionEffect.SetConfig(PATH, ACME, UNKNOWN, false),
            new SessionEffect.ResetParameter("search_path", false),
            SessionEffect.of(EffectKind.HIDDEN_CALL),
            SessionEffect.of(EffectKind.OPAQUE_BODY),
            SessionEffect.of(EffectKind.BEGIN))) {
      assertThat(switches.objection(sure)).as("%s", sure).isNull();
    }
  }

  @Test
  void callThatMayComputeThePathIsDenied() {
    rules = rules(Switching.DENY);
    for (SessionEffect computed :
        List.of(
            new SessionEffect.SetConfig(PATH, UNKNOWN, FALSE, true),
            new SessionEffect.SetConfig(UNKNOWN, ACME, FALSE, true))) {
      assertThat(switches.objection(computed)).as("%s", computed).isNotNull();
    }
  }
}

package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import dev.tenantgate.migrator.SchemaRef;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A {@link TransactionTrace}: the schemas that a transaction has come to. */
class TransactionTraceTest {

  private static final SchemaRef ACME = new SchemaRef("app", "tenant_acme");
  private static final SchemaRef GLOBEX = new SchemaRef("app", "tenant_globex");
  private static final SchemaRef SHARED = new SchemaRef("app", "public");

  private final TransactionTrace trace = new TransactionTrace();

  private static Routed to(SchemaRef... schemas) {
    return new Routed(Stream.of(schemas).map(GatedSchema::of).toList(), null, null);
  }

  @Test
  void touchesWhereItIsAndWhereItBegan() {
    assertThat(trace.touches(ACME, to(SHARED, ACME), null)).isTrue();
    assertThat(trace.touches(SHARED, to(SHARED, ACME), null)).isTrue();
    assertThat(trace.touches(ACME, to(GLOBEX), to(ACME))).isTrue();
    assertThat(trace.touches(ACME, to(GLOBEX), to(SHARED))).isFalse();
    assertThat(trace.touches(ACME, to(GLOBEX), null)).isFalse();
  }

  @Test
  void mayTouchAnySchemaWhereOnlyTheServerKnowsThePlace() {
    assertThat(trace.touches(ACME, null, to(GLOBEX))).isTrue();
  }

  @Test
  void touchesTheSchemasThatItHasVisited() {
    trace.visit(List.of(to(GLOBEX), to(SHARED, ACME)));

    assertThat(trace.touches(ACME, to(SHARED), null)).isTrue();
    assertThat(trace.touches(GLOBEX, to(SHARED), null)).isTrue();
    assertThat(trace.touches(new SchemaRef("app", "other"), to(SHARED), null)).isFalse();
  }

  @Test
  void hasVisitedJustTheSchemasThatItWasLetThroughTo() {
    trace.visit(List.of(to(GLOBEX), to(SHARED, ACME)));

    assertThat(trace.hasVisited(to(GLOBEX))).isTrue();
    assertThat(trace.hasVisited(to(SHARED, ACME))).isTrue();
    assertThat(trace.hasVisited(to(ACME))).isFalse();
  }

  @Test
  void forgetsAtTheEndAndAtTheNextBegin() {
    trace.visit(List.of(to(GLOBEX)));
    trace.forget();
    assertThat(trace.hasVisited(to(GLOBEX))).isFalse();

    trace.visit(List.of(to(GLOBEX)));
    long before = System.nanoTime();
    trace.begin();

    assertThat(trace.hasVisited(to(GLOBEX))).isFalse();
    assertThat(trace.beganNanos() - before).isNotNegative();
    assertThat(trace.beganNanos() - System.nanoTime()).isNotPositive();
  }
}

package dev.tenantgate.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.gate.AdmissionReason;
import dev.tenantgate.gateway.gate.GateEvents.Answer;
import dev.tenantgate.gateway.gate.GateEvents.HoldEnd;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The names that dashboards rely on, in the text that Prometheus reads. */
class GatewayMetersTest {

  private final GatewayMeters meters = new GatewayMeters("1.2.3", null);
  private final List<TenantState> tenants = new ArrayList<>();

  @BeforeEach
  void observe() {
    meters.observe(() -> new FleetView(null, tenants, null, null), () -> 3, () -> 2);
  }

  @AfterEach
  void close() {
    meters.close();
  }

  @Test
  void tenantsByStateAndLag() {
    tenant("acme", 7);
    tenant("globex", 5);
    tenant("initech", 4);

    assertThat(lines())
        .contains(
            "tenantgate_tenants{state=\"current\"} 1.0",
            "tenantgate_tenants{state=\"behind\"} 2.0",
            "tenantgate_tenants{state=\"failed\"} 0.0",
            "tenantgate_tenants{state=\"migrating\"} 0.0",
            "tenantgate_tenants{state=\"ahead\"} 0.0",
            "tenantgate_tenants{state=\"unknown\"} 0.0",
            "tenantgate_tenant_migration_lag{tenant=\"globex\"} 2.0",
            "tenantgate_tenant_migration_lag{tenant=\"initech\"} 3.0",
            "tenantgate_migration_lag_max 3.0",
            "tenantgate_held_connections 3.0")
        .noneMatch(line -> line.contains("tenant=\"acme\""));
  }

  @Test
  void admissions() {
    meters.gate().answered(Answer.ADMITTED, AdmissionReason.CURRENT);
    meters.gate().answered(Answer.HELD, AdmissionReason.BEHIND);
    meters.gate().answered(Answer.REJECTED, AdmissionReason.QUEUE_FULL);

    assertThat(lines())
        .contains(
            "tenantgate_admissions_total{decision=\"admitted\",reason=\"current\"} 1.0",
            "tenantgate_admissions_total{decision=\"held\",reason=\"behind\"} 1.0",
            "tenantgate_admissions_total{decision=\"rejected\",reason=\"queue_full\"} 1.0",
            "tenantgate_admissions_total{decision=\"rejected\",reason=\"timeout\"} 0.0");
  }

  @Test
  void holdsAndMigrations() {
    SchemaRef acme = TestMigrations.tenant("acme");
    meters.gate().holdEnded(acme, HoldEnd.ADMITTED, Duration.ofMillis(300), null);
    meters
        .gate()
        .migrationEnded(
            acme,
            new SchemaOutcome.Migrated(acme, List.of(), Duration.ZERO),
            Duration.ofMillis(40));
    meters.gate().migrationRetried(acme, 1, "55P03");

    assertThat(lines())
        .contains(
            "tenantgate_hold_seconds_bucket{le=\"0.25\"} 0",
            "tenantgate_hold_seconds_bucket{le=\"0.5\"} 1",
            "tenantgate_hold_seconds_bucket{le=\"+Inf\"} 1",
            "tenantgate_hold_seconds_count 1",
            "tenantgate_migration_seconds_bucket{le=\"0.05\"} 1",
            "tenantgate_migrations_total{outcome=\"success\"} 1.0",
            "tenantgate_migrations_total{outcome=\"failed\"} 0.0",
            "tenantgate_migrations_total{outcome=\"retried\"} 1.0");
  }

  @Test
  void theWire() {
    meters.wire().clientConnected();
    meters.wire().backendConnecting();
    meters.wire().backendActive();
    meters.wire().backendConnecting();
    meters.wire().toBackend(100);
    meters.wire().toFrontend(2_000, 3);

    assertThat(lines())
        .contains(
            "tenantgate_client_connections 1.0",
            "tenantgate_backend_connections{state=\"active\"} 1.0",
            "tenantgate_backend_connections{state=\"connecting\"} 1.0",
            "tenantgate_backend_connections{state=\"idle\"} 0.0",
            "tenantgate_transactions_total 3.0",
            "tenantgate_bytes_total{direction=\"to_backend\"} 100.0",
            "tenantgate_bytes_total{direction=\"to_frontend\"} 2000.0");

    meters.wire().backendClosed(true);
    meters.wire().backendClosed(false);
    meters.wire().clientDisconnected();
    assertThat(lines())
        .contains(
            "tenantgate_client_connections 0.0",
            "tenantgate_backend_connections{state=\"active\"} 0.0",
            "tenantgate_backend_connections{state=\"connecting\"} 0.0");
  }

  @Test
  void theBuildAndTheProcess() {
    assertThat(lines())
        .anyMatch(line -> line.startsWith("tenantgate_build_info{") && line.endsWith("} 1"))
        .anyMatch(line -> line.contains("version=\"1.2.3\""))
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{"));
  }

  private void tenant(String name, int last) {
    tenants.add(
        TenantState.of(
            SchemaStatus.of(
                TestMigrations.upTo(TestMigrations.tenant(name), last),
                TestMigrations.changelog(7),
                new Target.Latest())));
  }

  @Test
  void scraperThatTakesOpenMetricsGetsIt() {
    String accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.3";
    assertThat(GatewayMeters.contentType(accept)).startsWith("application/openmetrics-text");
    assertThat(meters.scrape(accept)).endsWith("# EOF\n").contains("tenantgate_transactions_total");
    assertThat(GatewayMeters.contentType("*/*")).startsWith("text/plain");
    assertThat(meters.scrape("*/*")).doesNotContain("# EOF");
  }

  private List<String> lines() {
    return meters.scrape().lines().toList();
  }
}

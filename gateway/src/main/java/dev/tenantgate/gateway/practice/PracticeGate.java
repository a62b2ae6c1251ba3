package dev.tenantgate.gateway.practice;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.gateway.drain.HeartbeatLease;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.gate.Gate;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.HoldTimer;
import dev.tenantgate.gateway.gate.UpgradeService;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.List;

/** A gate that finds every schema up to date: there are no migrations. Thread-safe. */
final class PracticeGate implements AutoCloseable {

  private static final Duration LONGER_THAN_ANY = Duration.ofHours(1);

  private final HoldTimer timer = HoldTimer.startThread();
  private final TenantDirectory directory;
  private final Drains drains;
  private final Gate gate;

  PracticeGate(Settings settings, TenantRouter router) {
    directory =
        new TenantDirectory(
            schemas -> schemas.stream().map(PracticeGate::history).toList(),
            Runnable::run,
            System::nanoTime,
            settings.gate().recheckInterval(),
            read -> {});
    drains =
        new Drains(
            new OpenSessions(),
            (delay, task) -> timer.after(delay, task)::cancel,
            new HeartbeatLease(System::nanoTime),
            router::namedSchema);
    long now = System.nanoTime();
    drains.vouched(now, now + LONGER_THAN_ANY.toNanos());
    GateEvents events = GateEvents.all(List.of());
    UpgradeService upgrades =
        new UpgradeService(
            (log, schema, target, committed) -> new SchemaOutcome.UpToDate(schema),
            directory,
            drains,
            Runnable::run,
            System::nanoTime,
            events);
    gate =
        new Gate(
            settings,
            new Changelog(List.of()),
            directory,
            upgrades,
            timer,
            System::nanoTime,
            drains,
            events);
  }

  private static SchemaHistory history(SchemaRef schema) {
    return new SchemaHistory(schema, true, List.of());
  }

  Gate gate() {
    return gate;
  }

  OpenSessions sessions() {
    return drains.sessions();
  }

  @Override
  public void close() {
    gate.close();
    directory.close();
    timer.close();
  }
}

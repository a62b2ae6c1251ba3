package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.gate.Gate;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.HoldTimer;
import dev.tenantgate.gateway.gate.UpgradeService;
import dev.tenantgate.gateway.gate.UpgradeWorkers;
import dev.tenantgate.gateway.tenant.SchemaSnapshot;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.Migrators;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The gate and what stands behind it: what is known about tenants, and what migrates them.
 * Thread-safe.
 */
final class GateCore implements AutoCloseable {

  /** As many as a directory uses. */
  private static final int READERS = 2;

  final Migrator migrator;
  final TenantDirectory directory;
  final UpgradeService upgrades;
  final Gate gate;
  private final UpgradeWorkers workers;
  private final HoldTimer timer;
  private final ExecutorService readers;
  private final ScheduledExecutorService janitor;

  GateCore(
      Settings settings,
      Changelog changelog,
      GateEvents events,
      Consumer<SchemaSnapshot> onHistoryRead) {
    migrator = Migrators.open(settings);
    readers =
        Executors.newFixedThreadPool(READERS, new DefaultThreadFactory("tenantgate-reader", true));
    directory =
        new TenantDirectory(
            migrator::histories,
            readers,
            System::nanoTime,
            settings.gate().recheckInterval(),
            onHistoryRead);
    workers = new UpgradeWorkers(settings.migrations().workers());
    upgrades = new UpgradeService(migrator::migrate, directory, workers, System::nanoTime, events);
    timer = HoldTimer.startThread();
    gate = new Gate(settings, changelog, directory, upgrades, timer, System::nanoTime, events);
    janitor =
        Executors.newSingleThreadScheduledExecutor(
            new DefaultThreadFactory("tenantgate-janitor", true));
    // Twice an interval, so that nothing known grows older than one and a half.
    long halfMillis = Math.max(1, settings.gate().recheckInterval().toMillis() / 2);
    janitor.scheduleWithFixedDelay(
        directory::refreshStale, halfMillis, halfMillis, TimeUnit.MILLISECONDS);
    // Every connection needs it; and so the database is reached before the first one comes.
    directory.lookup(SchemaRef.PUBLIC).exceptionally(unreachable -> null);
  }

  /** Takes other rules and migrations. */
  void reconfigure(Settings settings, Changelog changelog) {
    workers.resize(settings.migrations().workers());
    gate.reconfigure(settings, changelog);
  }

  /** Rejects who is held, gives up what is being migrated, and closes every connection. */
  @Override
  public void close() {
    gate.close();
    upgrades.close();
    migrator.close();
    workers.close();
    janitor.shutdownNow();
    directory.close();
    readers.shutdownNow();
    timer.close();
  }
}

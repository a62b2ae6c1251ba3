package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.gate.Gate;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.HoldTimer;
import dev.tenantgate.gateway.gate.UpgradeService;
import dev.tenantgate.gateway.gate.UpgradeWorkers;
import dev.tenantgate.gateway.session.SessionMeter;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.run.SchemaOutcome;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

final class ScratchMain {
  public static void main(String[] args) throws Exception {
    Settings settings =
        SettingsReader.read(
                new SettingsSources(
                    null,
                    Map.of(),
                    Map.of(
                        "database.url",
                        args[0],
                        "listen.address",
                        "127.0.0.1:6432",
                        "listen.transport",
                        args[1])))
            .settings();
    var executor = Executors.newFixedThreadPool(2);
    GateEvents events = new GateEvents() {};
    TenantDirectory directory =
        new TenantDirectory(
            refs ->
                refs.stream()
                    .map(r -> new SchemaHistory(r, !r.schema().equals("tenant_nope"), List.of()))
                    .toList(),
            executor,
            System::nanoTime,
            settings.gate().recheckInterval(),
            s -> {});
    UpgradeService upgrades =
        new UpgradeService(
            (c, s, t) -> new SchemaOutcome.UpToDate(s),
            directory,
            new UpgradeWorkers(2),
            System::nanoTime,
            events);
    Gate gate =
        new Gate(
            settings,
            new Changelog(List.of()),
            directory,
            upgrades,
            HoldTimer.startThread(),
            System::nanoTime,
            events);
    WireServer server = WireServer.start(settings, new TenantRouter(settings), gate, new NoMeter());
    System.out.println("port " + server.port());
    Thread.currentThread().join();
  }

  private static final class NoMeter implements SessionMeter {
    @Override
    public void clientConnected() {}

    @Override
    public void clientDisconnected() {}

    @Override
    public void backendConnecting() {}

    @Override
    public void backendActive() {}

    @Override
    public void backendClosed(boolean wasActive) {}

    @Override
    public void toBackend(long bytes) {}

    @Override
    public void toFrontend(long bytes, long transactions) {}
  }
}

package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.admin.EventStream;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.metrics.GatewayMeters;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import java.util.ArrayList;
import java.util.List;

/**
 * All of a gateway that listens on no port: the gate, what it migrates with, and who watches it.
 * Thread-safe.
 */
final class GatewayCore implements AutoCloseable {

  final Migrator migrator;
  final GatewayMeters meters;
  final EventStream events = new EventStream();
  final GateService gateService;

  GatewayCore(Settings settings, Changelog changelog, String version, List<GateEvents> observers) {
    migrator = Migrator.open(settings);
    meters = new GatewayMeters(version);
    List<GateEvents> listeners = new ArrayList<>(observers);
    listeners.add(meters.gate());
    listeners.add(events);
    gateService = new GateService(settings, changelog, migrator, GateEvents.all(listeners));
    meters.observe(
        gateService.fleet()::view,
        gateService.gate()::held,
        () -> gateService.settings().metrics().tenantSeries());
  }

  @Override
  public void close() {
    gateService.close();
    migrator.close();
    meters.close();
  }
}

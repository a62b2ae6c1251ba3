package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.TracingSettings;
import dev.tenantgate.gateway.admin.EventStream;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.metrics.GatewayMeters;
import dev.tenantgate.gateway.otlp.CollectorSettings;
import dev.tenantgate.gateway.otlp.MigrationTraces;
import dev.tenantgate.gateway.otlp.OtlpTracing;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All of a gateway that listens on no port: the gate, what it migrates with, and who watches it.
 * Thread-safe.
 */
final class GatewayCore implements AutoCloseable {

  final Migrator migrator;
  final GatewayMeters meters;
  final EventStream events = new EventStream();
  final GateService gateService;

  final @Nullable OtlpTracing tracing;

  GatewayCore(Settings settings, Changelog changelog, String version, List<GateEvents> observers)
      throws IOException {
    tracing = settings.tracing().isOn() ? Traces.start(settings.tracing(), version) : null;
    migrator = Migrator.open(settings);
    meters = new GatewayMeters(version, tracing);
    List<GateEvents> listeners = new ArrayList<>(observers);
    listeners.add(meters.gate());
    listeners.add(events);
    if (tracing != null) {
      listeners.add(new MigrationTraces(tracing));
    }
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
    if (tracing != null) {
      tracing.close();
    }
  }

  /** Apart, so that nothing of it is loaded where nothing is traced. */
  private static final class Traces {

    static @Nullable OtlpTracing start(TracingSettings settings, String version)
        throws IOException {
      return OtlpTracing.start(CollectorSettings.of(settings, System.getenv()), version);
    }
  }
}

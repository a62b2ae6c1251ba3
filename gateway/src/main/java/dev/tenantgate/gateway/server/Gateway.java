package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.admin.AdminSecurity;
import dev.tenantgate.gateway.admin.AdminServer;
import dev.tenantgate.gateway.admin.AdminServices;
import dev.tenantgate.gateway.admin.Reloader.Reload;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.log.LogOutput;
import dev.tenantgate.gateway.memory.Bound;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The composition root: everything a gateway is made of, put together and taken apart in order.
 * Thread-safe.
 */
public final class Gateway implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  private static final Duration DRAIN_CHECK = Duration.ofMillis(100);

  private final GatewayCore core;
  private final WireServer wire;
  private final GatewayReload reload;
  private final AdminServer admin;

  private Gateway(GatewayCore core, WireServer wire, GatewayReload reload, AdminServer admin) {
    this.core = core;
    this.wire = wire;
    this.reload = reload;
    this.admin = admin;
  }

  /**
   * Starts a gateway. The database need not be there yet.
   *
   * @param source read now, and at every reload
   * @param version the gateway's own, for whom asks
   * @param observers told of what happens at the gate
   * @throws SettingsException if the settings are wrong
   * @throws InvalidChangelogException if the migrations are
   * @throws IOException if a port can't be had
   */
  public static Gateway start(SettingsSource source, String version, List<GateEvents> observers)
      throws SettingsException, InvalidChangelogException, IOException {
    Settings settings = source.read();
    LogOutput.use(settings.log().format());
    GatewayCore core =
        new GatewayCore(settings, GatewayReload.readChangelog(settings), version, observers);
    try {
      return listen(source, settings, core);
    } catch (IOException | SettingsException | RuntimeException e) {
      core.close();
      throw e;
    }
  }

  private static Gateway listen(SettingsSource source, Settings settings, GatewayCore core)
      throws IOException, SettingsException {
    AtomicReference<AdminSecurity> security =
        new AtomicReference<>(AdminSecurity.read(settings.admin()));
    core.gateService.join();
    WireServer wire =
        WireServer.start(
            settings,
            new TenantRouter(settings),
            core.gateService.gate(),
            core.gateService.sessions(),
            core.meters.wire());
    core.meters.limits(wire.bounds());
    core.meters.turns(wire.turns());
    logLimits(wire.bounds());
    try {
      GatewayReload reload = new GatewayReload(source, core.gateService, wire, security::set);
      core.meters.observe(
          new CurrentHealth(core.gateService, wire, reload),
          wire.traffic(),
          () -> core.gateService.settings().metrics().userSeries());
      // Settings and migrations in force are valid: nothing else ever comes into force.
      AdminServices services =
          new AdminServices(
              core.gateService,
              core.meters::scrape,
              List::of,
              wire.liveness(),
              reload,
              core.version);
      AdminServer admin = AdminServer.start(settings.admin(), security::get, services, core.events);
      core.gateService.start();
      return new Gateway(core, wire, reload, admin);
    } catch (IOException | RuntimeException e) {
      wire.close();
      throw e;
    }
  }

  /** One line: what the memory and the settings come to. */
  private static void logLimits(List<Bound> bounds) {
    LoggingEventBuilder line =
        log.atInfo().addKeyValue("heap_mb", Runtime.getRuntime().maxMemory() >> 20);
    for (Bound bound : bounds) {
      line = line.addKeyValue(bound.of(), bound.limit().getAsLong());
    }
    line.log("limits");
  }

  /** The port that applications connect to. */
  public int port() {
    return wire.port();
  }

  /** The admin port. */
  public int adminPort() {
    return admin.port();
  }

  /** The port for probes and metrics; the admin port where it has no address of its own. */
  public int statusPort() {
    return admin.statusPort();
  }

  /** How many sessions there are. */
  public int sessions() {
    return wire.sessions();
  }

  /** How many of them are held. */
  public int held() {
    return core.gateService.gate().held();
  }

  /** Reads settings and migrations anew and puts them in force; sessions stay. */
  public Reload reload() {
    return reload.reload();
  }

  /**
   * Stops as an operator expects it: nobody new is accepted, those who are held are told,
   * transactions may end. Blocks until all sessions have ended, at most for {@code
   * listen.drain-timeout}, or until somebody loses patience and releases a permit.
   */
  public void drain(Semaphore secondSignal) throws InterruptedException {
    log.atInfo().addKeyValue("sessions", wire.sessions()).log("stopping");
    core.gateService.gate().close();
    wire.drain();
    long deadline =
        System.nanoTime() + core.gateService.settings().listen().drainTimeout().toNanos();
    boolean ended = false;
    while (!ended && System.nanoTime() < deadline && !secondSignal.tryAcquire()) {
      ended = wire.awaitNoSessions(DRAIN_CHECK);
    }
  }

  /** Ends everything at once. */
  @Override
  public void close() {
    core.gateService.gate().close();
    wire.close();
    admin.close();
    core.close();
    log.info("stopped");
  }
}

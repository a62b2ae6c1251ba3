package dev.tenantgate.gateway.server;

import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.ShutdownSettings;
import dev.tenantgate.gateway.admin.AdminSecurity;
import dev.tenantgate.gateway.admin.AdminServer;
import dev.tenantgate.gateway.admin.AdminServices;
import dev.tenantgate.gateway.admin.Reloader.Reload;
import dev.tenantgate.gateway.console.ConsoleSources.Stop;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.log.LogOutput;
import dev.tenantgate.gateway.memory.Bound;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.connection.ServerPlace;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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
  private final GatewayConsole console;

  /** Whether it is about to stop, while it still serves as before. */
  private final AtomicBoolean leaving;

  private final CompletableFuture<Void> takenOver = new CompletableFuture<>();

  private Gateway(
      GatewayCore core,
      WireServer wire,
      GatewayReload reload,
      AdminServer admin,
      GatewayConsole console,
      AtomicBoolean leaving) {
    this.core = core;
    this.wire = wire;
    this.reload = reload;
    this.admin = admin;
    this.console = console;
    this.leaving = leaving;
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
    LoadedSettings loaded = source.read();
    Settings settings = loaded.settings();
    LogOutput.use(settings.log().format());
    GatewayCore core =
        new GatewayCore(settings, GatewayReload.readChangelog(settings), version, observers);
    try {
      return listen(source, loaded, core, version);
    } catch (IOException | SettingsException | RuntimeException e) {
      core.close();
      throw e;
    }
  }

  private static Gateway listen(
      SettingsSource source, LoadedSettings loaded, GatewayCore core, String version)
      throws IOException, SettingsException {
    Settings settings = loaded.settings();
    AtomicBoolean leaving = new AtomicBoolean();
    AtomicReference<AdminSecurity> security =
        new AtomicReference<>(AdminSecurity.read(settings.admin()));
    core.gateService.join();
    WireServer wire =
        WireServer.start(
            settings,
            new TenantRouter(settings),
            core.gateService.gate(),
            core.gateService.sessions(),
            core.meters.wire(),
            core.tracing);
    core.meters.limits(wire.bounds());
    core.meters.namedBounds(wire.namedBounds());
    core.meters.turns(wire.turns());
    core.meters.pauses(core.gateService.sessions().pauses());
    logLimits(wire.bounds());
    try {
      GatewayReload reload =
          new GatewayReload(source, loaded, core.gateService, wire, security::set);
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
              leaving::get,
              wire.traffic(),
              reload,
              version);
      AdminServer admin = AdminServer.start(settings.admin(), security::get, services, core.events);
      core.gateService.start();
      core.gateService
          .fleet()
          .survey()
          .whenComplete((view, failure) -> logStart(source, core.gateService, version, view));
      GatewayConsole console = new GatewayConsole(core, wire, reload, version);
      Gateway gateway = new Gateway(core, wire, reload, admin, console, leaving);
      wire.servers()
          .follow(server -> core.migrator.use(new ServerPlace(server.host(), server.address())));
      wire.succeed(gateway::takenOver);
      return gateway;
    } catch (IOException | RuntimeException e) {
      wire.close();
      throw e;
    }
  }

  /** One line: what was started; the tenants are unknown while the database can't be reached. */
  private static void logStart(
      SettingsSource source, GateService gate, String version, @Nullable FleetView view) {
    log.atInfo()
        .addKeyValue("version", version)
        .addKeyValue("settings", source.file())
        .addKeyValue("migrations", gate.changelog().migrations().size())
        .addKeyValue("tenants", view == null ? "unknown" : view.tenants().size())
        .log("started");
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

  /** Has the console's SHUTDOWN stop this process; without that, it is refused. */
  public void stopBy(Consumer<Stop> stopper) {
    console.stopBy(stopper);
  }

  /** Reads settings and migrations anew and puts them in force; sessions stay. */
  public Reload reload() {
    return reload.reload();
  }

  /** Runs something once another gateway has taken over: this one is to be drained. */
  public void whenTakenOver(Runnable action) {
    takenOver.thenRun(action);
  }

  /** Another gateway accepts clients and answers at the admin port. On an event loop. */
  private void takenOver() {
    log.atInfo().addKeyValue("sessions", wire.sessions()).log("another gateway has taken over");
    admin.stopListening();
    takenOver.complete(null);
  }

  /**
   * Stops as an operator expects it: nobody new is accepted, those who are held are told,
   * transactions may end. Blocks until all sessions have ended, at most for {@code
   * listen.drain-timeout}, or until somebody loses patience and releases a permit.
   *
   * <p>Before that, clients are accepted for {@code shutdown.delay}; or, where another gateway has
   * taken over, those that there are may stay for {@code shutdown.timeout}. A permit ends this
   * step, and another one the next.
   */
  public void drain(Semaphore secondSignal) throws InterruptedException {
    leaving.set(true);
    if (takenOver.isDone()) {
      awaitClients(secondSignal);
    } else {
      awaitEndpoints(secondSignal);
    }
    endTransactions(secondSignal);
  }

  private ShutdownSettings shutdown() {
    return core.gateService.settings().listen().shutdown();
  }

  /** All goes on as before, but for {@code /readyz}. */
  private void awaitEndpoints(Semaphore secondSignal) throws InterruptedException {
    Duration delay = shutdown().delay();
    if (!delay.isZero()) {
      log.atInfo()
          .addKeyValue("delay_ms", delay.toMillis())
          .log("not ready any more; stopping after shutdown.delay");
      secondSignal.tryAcquire(delay.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Clients go on as before, until they leave; those of the gateway before this one as well, whose
   * cancel requests come by way of this one.
   */
  private void awaitClients(Semaphore secondSignal) throws InterruptedException {
    long deadline = System.nanoTime() + shutdown().timeout().toNanos();
    boolean ended = false;
    while (!ended && System.nanoTime() < deadline && !secondSignal.tryAcquire()) {
      ended = wire.awaitNoSessions(DRAIN_CHECK) && !predecessorHasClients();
      if (!ended && wire.sessions() == 0) {
        Thread.sleep(DRAIN_CHECK.toMillis());
      }
    }
  }

  private boolean predecessorHasClients() {
    Integer left = wire.predecessorClients();
    return left != null && left > 0;
  }

  private void endTransactions(Semaphore secondSignal) throws InterruptedException {
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

  /**
   * Stops as somebody asked for it; blocks as {@link #drain} does. A stop that waits for clients
   * goes on to the drain at the second signal.
   */
  public void stop(Stop how, Semaphore secondSignal) throws InterruptedException {
    switch (how) {
      case AT_ONCE -> log.info("stopping at once");
      case AFTER_TRANSACTIONS -> drain(secondSignal);
      case AFTER_CLIENTS -> {
        log.atInfo().addKeyValue("sessions", wire.sessions()).log("stopping after the last client");
        wire.acceptNobody();
        boolean ended = false;
        while (!ended && !secondSignal.tryAcquire()) {
          ended = wire.awaitNoSessions(DRAIN_CHECK);
        }
        endTransactions(secondSignal);
      }
    }
  }

  /** Ends everything at once. */
  @Override
  public void close() {
    core.gateService.gate().close();
    wire.close();
    admin.close();
    console.close();
    core.close();
    log.info("stopped");
  }
}

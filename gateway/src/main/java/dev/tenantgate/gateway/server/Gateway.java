package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.Gatehouse;
import dev.tenantgate.gateway.metrics.GatewayMeters;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.Migrators;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: everything a gateway is made of, put together and taken apart in order.
 * Thread-safe.
 */
public final class Gateway implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  private static final Duration DRAIN_CHECK = Duration.ofMillis(100);

  private final SettingsSource source;
  private final Migrator migrator;
  private final GatewayMeters meters;
  private final Gatehouse gatehouse;
  private final WireServer wire;

  private Gateway(
      SettingsSource source,
      Migrator migrator,
      GatewayMeters meters,
      Gatehouse gatehouse,
      WireServer wire) {
    this.source = source;
    this.migrator = migrator;
    this.meters = meters;
    this.gatehouse = gatehouse;
    this.wire = wire;
  }

  /**
   * Starts a gateway. The database need not be there yet.
   *
   * @param version the gateway's own, for whom asks
   * @param observers told of what happens at the gate
   * @throws SettingsException if the settings are wrong
   * @throws InvalidChangelogException if the migrations are
   * @throws IOException if a port can't be had
   */
  public static Gateway start(SettingsSource source, String version, List<GateEvents> observers)
      throws SettingsException, InvalidChangelogException, IOException {
    Settings settings = source.read();
    Changelog changelog = readChangelog(settings);
    Migrator migrator = Migrators.open(settings);
    GatewayMeters meters = new GatewayMeters(version);
    List<GateEvents> listeners = new ArrayList<>(observers);
    listeners.add(meters.gate());
    Gatehouse gatehouse = new Gatehouse(settings, changelog, migrator, GateEvents.all(listeners));
    meters.observe(
        gatehouse.fleet()::view,
        gatehouse.gate()::held,
        () -> gatehouse.settings().metrics().tenantSeries());
    try {
      WireServer wire =
          WireServer.start(settings, new TenantRouter(settings), gatehouse.gate(), meters.wire());
      gatehouse.start();
      return new Gateway(source, migrator, meters, gatehouse, wire);
    } catch (IOException | RuntimeException e) {
      gatehouse.close();
      migrator.close();
      meters.close();
      throw e;
    }
  }

  private static Changelog readChangelog(Settings settings) throws InvalidChangelogException {
    ChangelogReading reading = ChangelogReader.read(settings.migrations());
    for (ChangelogProblem warning : reading.warnings()) {
      log.warn("{}", warning);
    }
    return reading.changelog();
  }

  /** The port that applications connect to. */
  public int port() {
    return wire.port();
  }

  /** The admin port. */
  public int adminPort() {
    return 0;
  }

  /** How many sessions there are. */
  public int sessions() {
    return wire.sessions();
  }

  /** How many of them are held. */
  public int held() {
    return gatehouse.gate().held();
  }

  /**
   * Reads settings and migrations anew and puts them in force; sessions stay.
   *
   * @throws SettingsException if the settings are wrong; nothing has changed then
   * @throws ReloadException if the migrations are wrong, or a setting can't change while the
   *     gateway runs; nothing has changed then
   */
  public synchronized void reload() throws SettingsException, ReloadException {
    Settings next = source.read();
    List<String> errors = new ArrayList<>(FixedSettings.changed(gatehouse.settings(), next));
    try {
      Changelog changelog = readChangelog(next);
      if (errors.isEmpty()) {
        put(next, changelog);
        return;
      }
    } catch (InvalidChangelogException e) {
      e.problems().forEach(problem -> errors.add(problem.toString()));
    }
    throw new ReloadException(errors);
  }

  private void put(Settings next, Changelog changelog) {
    gatehouse.reconfigure(next, changelog);
    wire.reconfigure(next, new TenantRouter(next));
    log.atInfo()
        .addKeyValue("migrations", changelog.migrations().size())
        .addKeyValue("latest", changelog.latest().map(Object::toString).orElse("none"))
        .log("settings and migrations reloaded");
  }

  /**
   * Stops as an operator expects it: nobody new is accepted, those who are held are told,
   * transactions may end. Blocks until all sessions have ended, at most for {@code
   * listen.drain-timeout}, or until somebody loses patience and releases a permit.
   */
  public void drain(Semaphore impatience) throws InterruptedException {
    log.atInfo().addKeyValue("sessions", wire.sessions()).log("stopping");
    gatehouse.gate().close();
    wire.drain();
    long deadline = System.nanoTime() + gatehouse.settings().listen().drainTimeout().toNanos();
    boolean ended = false;
    while (!ended && System.nanoTime() < deadline && !impatience.tryAcquire()) {
      ended = wire.awaitNoSessions(DRAIN_CHECK);
    }
  }

  /** Ends everything at once. */
  @Override
  public void close() {
    gatehouse.gate().close();
    wire.close();
    gatehouse.close();
    migrator.close();
    meters.close();
    log.info("stopped");
  }
}

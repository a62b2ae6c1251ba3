package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: everything a gateway is made of, put together and taken apart in order.
 * Thread-safe.
 */
public final class Gateway implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  private final SettingsSource source;
  private final GateCore core;
  private final WireServer wire;
  private volatile Settings settings;

  private Gateway(SettingsSource source, Settings settings, GateCore core, WireServer wire) {
    this.source = source;
    this.settings = settings;
    this.core = core;
    this.wire = wire;
  }

  /**
   * Starts a gateway. The database need not be there yet.
   *
   * @param observers told of what happens at the gate
   * @throws SettingsException if the settings are wrong
   * @throws InvalidChangelogException if the migrations are
   * @throws IOException if a port can't be had
   */
  public static Gateway start(SettingsSource source, List<GateEvents> observers)
      throws SettingsException, InvalidChangelogException, IOException {
    Settings settings = source.read();
    Changelog changelog = readChangelog(settings);
    GateCore core = new GateCore(settings, changelog, GateEvents.all(observers), snapshot -> {});
    try {
      WireServer wire =
          WireServer.start(settings, new TenantRouter(settings), core.gate, new NoMeter());
      return new Gateway(source, settings, core, wire);
    } catch (IOException | RuntimeException e) {
      core.close();
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

  /** How many sessions are held. */
  public int held() {
    return core.gate.held();
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
    Changelog changelog;
    try {
      changelog = readChangelog(next);
    } catch (InvalidChangelogException e) {
      throw new ReloadException(e.problems().stream().map(ChangelogProblem::toString).toList());
    }
    List<String> fixed = FixedSettings.changed(settings, next);
    if (!fixed.isEmpty()) {
      throw new ReloadException(fixed);
    }
    core.reconfigure(next, changelog);
    wire.reconfigure(next, new TenantRouter(next));
    settings = next;
    log.atInfo()
        .addKeyValue("migrations", changelog.migrations().size())
        .addKeyValue("latest", changelog.latest().map(Object::toString).orElse("none"))
        .log("settings and migrations reloaded");
  }

  /**
   * Stops as an operator expects it: nobody new is accepted, those who are held are told,
   * transactions may end. Blocks until all sessions have ended, at most for {@code
   * listen.drain-timeout}, or until a permit of {@code impatience} comes.
   */
  public void drain(Semaphore impatience) throws InterruptedException {
    log.atInfo().addKeyValue("sessions", wire.sessions()).log("stopping");
    core.gate.close();
    wire.drain();
    long deadline = System.nanoTime() + settings.listen().drainTimeout().toNanos();
    while (!wire.awaitNoSessions(Duration.ofMillis(100))
        && System.nanoTime() < deadline
        && !impatience.tryAcquire(0, TimeUnit.SECONDS)) {
      // Looks twice every fifth of a second whether somebody lost patience.
    }
  }

  /** Ends everything at once. */
  @Override
  public void close() {
    core.gate.close();
    wire.close();
    core.close();
    log.info("stopped");
  }
}

package dev.tenantgate.gateway.server;

import dev.tenantgate.config.EffectiveSetting;
import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.admin.AdminSecurity;
import dev.tenantgate.gateway.admin.Reloader;
import dev.tenantgate.gateway.admin.Reloader.Reload;
import dev.tenantgate.gateway.auth.ClientAuthentication;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.log.LogOutput;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.Changelogs;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.connection.RowValues;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads settings and migrations anew and puts them in force together, or not at all. Thread-safe;
 * one at a time.
 */
final class GatewayReload implements Reloader {

  private static final Logger log = LoggerFactory.getLogger(GatewayReload.class);

  private final SettingsSource source;
  private final GateService gateService;
  private final WireServer wire;
  private volatile List<EffectiveSetting> effective;
  private final Consumer<AdminSecurity> admin;
  private volatile Instant takenAt = Instant.now();
  private volatile boolean taken = true;

  /**
   * Prepares.
   *
   * @param admin takes what protects the admin port
   */
  GatewayReload(
      SettingsSource source,
      LoadedSettings now,
      GateService gateService,
      WireServer wire,
      Consumer<AdminSecurity> admin) {
    this.effective = now.effective();
    this.source = source;
    this.gateService = gateService;
    this.wire = wire;
    this.admin = admin;
  }

  /** Reads the migrations that the settings name, and logs what is worth a look in them. */
  static Changelog readChangelog(Settings settings)
      throws SettingsException, InvalidChangelogException {
    ChangelogReading reading = Changelogs.read(settings);
    for (ChangelogProblem warning : reading.warnings()) {
      log.warn("{}", warning);
    }
    if (reading.migrations().isEmpty() && reading.errors().isEmpty()) {
      log.warn("no migration was found in {}", settings.migrations().locations());
    }
    return reading.changelog();
  }

  /** Every setting in force. */
  List<EffectiveSetting> effective() {
    return effective;
  }

  @Override
  public synchronized Reload reload() {
    List<String> errors = new ArrayList<>();
    LoadedSettings loaded = unlessWrong(source::read, errors);
    if (loaded != null) {
      Settings next = loaded.settings();
      errors.addAll(FixedSettings.changed(gateService.settings(), next, gateService.mostWorkers()));
      // All that is wrong is told at once, wherever it stands.
      ClientAuthentication authentication = unlessWrong(() -> wire.authentication(next), errors);
      FrontendTls tls = unlessWrong(() -> wire.tls(next), errors);
      AdminSecurity security = unlessWrong(() -> AdminSecurity.read(next.admin()), errors);
      Changelog changelog = unlessWrong(() -> readChangelog(next), errors);
      // Last, for it may take a while.
      DatabaseServers.Prepared database =
          errors.isEmpty()
              ? unlessWrong(
                  () -> wire.servers().prepare(gateService.settings().database(), next.database()),
                  errors)
              : null;
      if (database != null
          && authentication != null
          && tls != null
          && security != null
          && changelog != null) {
        put(next, changelog, authentication, tls);
        takeDatabase(database);
        effective = loaded.effective();
        admin.accept(security);
        taken = true;
        takenAt = Instant.now();
        return new Reload.Done(List.of());
      }
    }
    taken = false;
    log.atError().addKeyValue("errors", errors).log("reload refused; nothing has changed");
    return new Reload.Refused(errors);
  }

  /** Whether the last one was taken; the start counts as one. */
  boolean isTaken() {
    return taken;
  }

  /** When settings and migrations were put in force last. */
  Instant takenAt() {
    return takenAt;
  }

  /** Something that is read anew. */
  @FunctionalInterface
  private interface Reading<T> {
    T read() throws SettingsException, InvalidChangelogException;
  }

  /** Reads something; null if it can't be used, and the errors say why. */
  private static <T> @Nullable T unlessWrong(Reading<T> reading, List<String> errors) {
    try {
      return reading.read();
    } catch (SettingsException e) {
      e.errors().stream().map(SettingsError::toString).forEach(errors::add);
    } catch (InvalidChangelogException e) {
      e.problems().stream().map(ChangelogProblem::toString).forEach(errors::add);
    }
    return null;
  }

  private void takeDatabase(DatabaseServers.Prepared database) {
    boolean elsewhere = !database.settings().connectsAs(gateService.migrator().database());
    gateService.migrator().reconfigure(database.settings());
    wire.servers().reconfigure(database);
    if (elsewhere) {
      gateService.databaseChanged();
      log.atInfo().addKeyValue("database", database.settings()).log("database.url reloaded");
    }
  }

  private void put(
      Settings next, Changelog changelog, ClientAuthentication authentication, FrontendTls tls) {
    LogOutput.use(next.log().format());
    RowValues.tell(next.log().migrationValues());
    gateService.reconfigure(next, changelog);
    wire.reconfigure(next, new TenantRouter(next), authentication, tls);
    log.atInfo()
        .addKeyValue("migrations", changelog.migrations().size())
        .addKeyValue("latest", changelog.latest().map(Object::toString).orElse("none"))
        .log("settings and migrations reloaded");
  }
}

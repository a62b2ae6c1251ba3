package dev.tenantgate.gateway.cli;

import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.auth.Authenticators;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.Changelogs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds all that would stop {@code serve} although each setting by itself can be: files that aren't
 * there or don't fit together, migrations with errors, ports in use. Connects to nothing. Confined
 * to one command's run.
 */
final class ServeCheck {

  private final Settings settings;
  private final List<SettingsError> errors = new ArrayList<>();

  ServeCheck(Settings settings) {
    this.settings = settings;
  }

  private interface Step {
    void run() throws SettingsException;
  }

  /** Checks; everything found is in the exception. */
  void check() throws SettingsException {
    collect(() -> Authenticators.users(settings.auth()));
    collect(() -> FrontendTls.of(settings.listen().tls(), Runnable::run));
    collect(this::checkMigrations);
    checkPort("listen.address", settings.listen().address());
    checkPort("admin.address", settings.admin().address());
    if (!errors.isEmpty()) {
      throw new SettingsException(errors);
    }
  }

  private void collect(Step step) {
    try {
      step.run();
    } catch (SettingsException e) {
      errors.addAll(e.errors());
    }
  }

  private void checkMigrations() throws SettingsException {
    ChangelogReading reading = Changelogs.read(settings);
    for (ChangelogProblem problem : reading.errors()) {
      errors.add(new SettingsError("migrations.locations", null, problem.toString()));
    }
    if (reading.migrations().isEmpty() && reading.errors().isEmpty()) {
      errors.add(
          new SettingsError(
              "migrations.locations",
              null,
              "no migration was found in " + settings.migrations().locations()));
    }
  }

  /** A port that is free now may be taken later; one that is taken would stop the start. */
  private void checkPort(String key, NetworkAddress address) {
    if (address.port() == 0) {
      return;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(address.host(), address.port()));
    } catch (IOException e) {
      String why = "can't listen on %s: %s".formatted(address, e.getMessage());
      errors.add(new SettingsError(key, null, why));
    }
  }
}

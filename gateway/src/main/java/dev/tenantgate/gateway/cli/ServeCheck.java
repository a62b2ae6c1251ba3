package dev.tenantgate.gateway.cli;

import dev.tenantgate.config.CheckpointSettings;
import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.admin.AdminSecurity;
import dev.tenantgate.gateway.auth.Authenticators;
import dev.tenantgate.gateway.server.UnixListener;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.Changelogs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds all that would stop {@code serve} although each setting by itself can be: files that aren't
 * there or don't fit together, migrations with errors, ports in use. Connects to nothing. Confined
 * to one command's run.
 */
final class ServeCheck {

  private final Settings settings;
  private final List<SettingsError> errors = new ArrayList<>();

  private final Map<String, String> environment;
  private final Set<String> wrong;

  /**
   * Prepares a check.
   *
   * @param environment this process's variables
   * @param wrong keys that are known to be wrong; what follows from these isn't looked at
   */
  ServeCheck(Settings settings, Map<String, String> environment, Set<String> wrong) {
    this.settings = settings;
    this.environment = environment;
    this.wrong = Set.copyOf(wrong);
  }

  /**
   * Makes sure that migrations on the class path can be read.
   *
   * @throws SettingsException naming what can't
   */
  static void checkClassPath(Map<String, String> environment) throws SettingsException {
    List<String> faults = ExtraClassPath.faults(environment);
    if (!faults.isEmpty()) {
      throw new SettingsException(
          faults.stream().map(fault -> new SettingsError(null, null, fault)).toList());
    }
  }

  private interface Step {
    void run() throws SettingsException;
  }

  /** All that is wrong. */
  List<SettingsError> errors() {
    collect("auth.", () -> Authenticators.check(settings));
    collect("listen.tls.", () -> FrontendTls.of(settings.listen().tls(), Runnable::run));
    collect("admin.t", () -> AdminSecurity.read(settings.admin()));
    collect("TENANTGATE_CLASSPATH", () -> checkClassPath(environment));
    collect("migrations.", this::checkMigrations);
    collect("listen.address", () -> checkPort("listen.address", settings.listen().address()));
    collect("listen.", this::checkUnixSocket);
    collect("admin.address", () -> checkPort("admin.address", settings.admin().address()));
    NetworkAddress status = settings.admin().statusAddress();
    if (status != null) {
      collect("admin.status-address", () -> checkPort("admin.status-address", status));
    }
    return List.copyOf(errors);
  }

  private void collect(String about, Step step) {
    if (wrong.stream().anyMatch(key -> key.startsWith(about))) {
      return;
    }
    try {
      step.run();
    } catch (SettingsException e) {
      errors.addAll(e.errors());
    }
  }

  private void checkMigrations() throws SettingsException {
    ChangelogReading reading = Changelogs.read(settings);
    CheckpointSettings checkpoint = settings.migrations().checkpoint();
    for (ChangelogProblem problem : reading.errors()) {
      String file = problem.file().toString();
      if (file.startsWith("migrations.")) {
        errors.add(new SettingsError(file, null, problem.message()));
      } else {
        boolean dump = checkpoint != null && problem.file().equals(checkpoint.dump());
        String key = dump ? "migrations.checkpoint.dump" : "migrations.locations";
        errors.add(new SettingsError(key, null, problem.toString()));
      }
    }
    if (reading.migrations().isEmpty() && reading.errors().isEmpty()) {
      errors.add(
          new SettingsError(
              "migrations.locations",
              null,
              "no migration was found in " + settings.migrations().locations()));
    }
  }

  private void checkUnixSocket() {
    Path directory = settings.listen().unixSocket().directory();
    int port = settings.listen().address().port();
    if (directory == null || port == 0) {
      return;
    }
    String file = new NetworkAddress(directory.toString(), port).socketFile();
    String objection = UnixListener.objection(Path.of(file));
    if (!objection.isEmpty()) {
      String why = "can't listen on %s: %s".formatted(file, objection);
      errors.add(new SettingsError("listen.unix-socket", null, why));
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

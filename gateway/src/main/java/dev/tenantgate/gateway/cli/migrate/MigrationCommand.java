package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.cli.CommonOptions;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.OutputFormat;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.Migrators;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * What the commands share that work on schemas: settings, the changelog, a migrator that is closed
 * in the end, whatever ends the command. Confined to one command's run.
 */
abstract class MigrationCommand implements Callable<Integer> {

  @Mixin private CommonOptions options = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  /** What a command works with. */
  record Work(Settings settings, Changelog changelog, Migrator migrator) {}

  @Override
  public final Integer call() throws SettingsException, SQLException {
    options.override(settings());
    Settings settings = options.load().settings();
    Changelog changelog;
    try {
      changelog = changelog(settings.migrations());
    } catch (InvalidChangelogException e) {
      e.problems().forEach(problem -> err().println("tenantgate: " + problem));
      err().flush();
      return ExitCode.FAILED;
    }
    try (Migrator migrator = Migrators.open(settings)) {
      // A signal ends what is running as cleanly as a cancelled run, and gives leases back.
      Thread atSignal = new Thread(migrator::close, "tenantgate-close-migrator");
      Runtime.getRuntime().addShutdownHook(atSignal);
      try {
        migrator.checkReachable();
        return run(new Work(settings, changelog, migrator));
      } finally {
        removeHook(atSignal);
      }
    }
  }

  /** Settings that the command's own options stand for. */
  Map<String, String> settings() {
    return Map.of();
  }

  /** Does the command's work and says what came of it. */
  abstract int run(Work work) throws SQLException;

  /** Reads the changelog; a command that can do without may leave it empty. */
  Changelog changelog(MigrationSettings settings)
      throws SettingsException, InvalidChangelogException {
    settings.requireLocations();
    return ChangelogReader.read(settings).changelog();
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook is running already.
      Thread.onSpinWait();
    }
  }

  final boolean json() {
    return options.output() == OutputFormat.JSON;
  }

  final boolean verbose() {
    return options.verbose();
  }

  final CommonOptions options() {
    return options;
  }

  final CommandSpec spec() {
    return spec;
  }

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }
}

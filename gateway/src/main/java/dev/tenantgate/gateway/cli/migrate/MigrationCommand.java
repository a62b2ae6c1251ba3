package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.config.Origin;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.cli.CommonOptions;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.ExtraClassPath;
import dev.tenantgate.gateway.cli.OutputFormat;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.Changelogs;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The base of the commands that work on schemas: settings, the changelog, a migrator that is closed
 * in the end, whatever ends the command. Confined to one command's run.
 */
abstract class MigrationCommand implements Callable<Integer> {

  @Mixin private CommonOptions options = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  private @Nullable ChangelogReading reading;

  private boolean isFolderDefault;

  /** The things that a command works with. */
  record Work(Settings settings, Changelog changelog, Migrator migrator) {}

  @Override
  public final Integer call() throws SettingsException, SQLException {
    check();
    options.override(settings());
    LoadedSettings loaded = options.load();
    Settings settings = loaded.settings();
    isFolderDefault = loaded.originOf("migrations.locations") instanceof Origin.Default;
    Changelog changelog;
    try {
      changelog = changelog(settings);
    } catch (InvalidChangelogException e) {
      e.problems().forEach(problem -> err().println("tenantgate: " + problem));
      err().flush();
      return ExitCode.FAILED;
    }
    refuseForOtherTool(settings, changelog);
    List<String> faults = ExtraClassPath.faults(options.environment());
    if (reading != null && needsClassPath() && !faults.isEmpty()) {
      faults.forEach(fault -> err().println("tenantgate: " + fault));
      err().println("tenantgate: migrations may be missing, so nothing was done");
      err().flush();
      return ExitCode.FAILED;
    }
    try (Migrator migrator = Migrator.open(settings)) {
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

  /** The use of a command where another tool migrates. */
  enum ForOtherTool {
    /** It only reads. */
    READS,
    /** It has that tool migrate, by the command for it. */
    RUNS,
    /** It changes what is that tool's own. */
    NOTHING
  }

  /** The use of this command where another tool migrates. */
  ForOtherTool forOtherTool() {
    return ForOtherTool.NOTHING;
  }

  private void refuseForOtherTool(Settings settings, Changelog changelog) {
    MigrationTool tool = settings.migrations().tool();
    if (!tool.isExternal() || forOtherTool() == ForOtherTool.READS) {
      return;
    }
    ExternalTool external = changelog.external();
    String label = external == null ? null : external.label();
    String named = label == null ? "another tool" : label;
    if (forOtherTool() == ForOtherTool.NOTHING) {
      throw notForOtherTool(named);
    }
    String notRunnable = external == null ? null : external.notRunnable();
    if (notRunnable != null) {
      throw new ParameterException(spec.commandLine(), notRunnable);
    }
  }

  /** Tells that another tool does what is asked for. */
  final ParameterException notForOtherTool(String named) {
    return new ParameterException(
        spec.commandLine(),
        ("%s migrates (migrations.tool: external): what is asked for changes its histories, which"
                + " is for that tool to do")
            .formatted(named));
  }

  /**
   * Refuses options that exclude each other, before anything is read or connects.
   *
   * @throws ParameterException if they do
   */
  void check() {}

  /** Settings that the command's own options stand for. */
  Map<String, String> settings() {
    return Map.of();
  }

  /** Does the command's work and says what came of it. */
  abstract int run(Work work) throws SQLException;

  /** Reads the changelog; a command that can do without may leave it empty. */
  Changelog changelog(Settings settings) throws SettingsException, InvalidChangelogException {
    ChangelogReading read = read(settings);
    reading = read;
    return read.changelog();
  }

  /** Reads what the changelog is made of. */
  ChangelogReading read(Settings settings) throws SettingsException {
    return Changelogs.read(settings);
  }

  /** Whether nobody has said where migrations are; known from the first reading of them on. */
  final boolean isFolderDefault() {
    return isFolderDefault;
  }

  /** Whether it does nothing where migrations may be missing from the class path. */
  boolean needsClassPath() {
    return true;
  }

  /** The reasons why a command may have found nothing to do. */
  enum Tell {
    /** Nothing was found at all, or can't be read. */
    FILES,
    /** Migrations that are for other environments. */
    ENVIRONMENTS,
    /** Migrations for tenants, of whom there is none. */
    TENANTS
  }

  /**
   * Says on stderr why the command may have found nothing to do, where somebody should know.
   *
   * @return whether there was anything to say
   */
  final boolean tellOverlooked(Work work, Set<Tell> what) throws SQLException {
    ChangelogReading read = reading;
    if (read == null || work.changelog().external() != null) {
      return false;
    }
    List<String> told = new ArrayList<>();
    if (what.contains(Tell.FILES)) {
      told.addAll(ExtraClassPath.faults(options.environment()));
      told.addAll(Overlooked.inFiles(work.settings().migrations(), read));
    }
    if (what.contains(Tell.ENVIRONMENTS)) {
      told.addAll(Overlooked.elsewhere(work.settings().migrations(), read));
    }
    if (what.contains(Tell.TENANTS) && work.migrator().tenants().all().isEmpty()) {
      String noTenant =
          Overlooked.noTenant(
              work.settings().tenants().schema(),
              Overlooked.forTenants(read),
              Overlooked.unscoped(work.settings().migrations(), read),
              work.migrator().tenants().otherSchemas());
      if (noTenant != null) {
        told.add(noTenant);
      }
    }
    told.forEach(line -> err().println("tenantgate: " + line));
    err().flush();
    return !told.isEmpty();
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

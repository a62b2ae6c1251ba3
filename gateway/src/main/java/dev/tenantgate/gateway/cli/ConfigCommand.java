package dev.tenantgate.gateway.cli;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.config.EffectiveSetting;
import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsReference;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.Changelogs;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlErrors;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tenantgate config}: the settings in force, and what is wrong with them. */
@Command(
    name = "config",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate config print",
    description = "Shows or checks the settings in force, or prints the reference of all settings.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ConfigCommand.Check.class,
      ConfigCommand.Print.class,
      ConfigCommand.Reference.class
    })
final class ConfigCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "check, print or reference is needed");
  }

  /** {@code tenantgate config check}. */
  @Command(
      name = "check",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate config check --config tenantgate.yaml",
      description =
          "Names every fault of the settings that would stop 'serve'. A database that can't be"
              + " reached, or isn't there, is none: then it ends with 0, and says that the"
              + " account's rights weren't looked at.",
      mixinStandardHelpOptions = true)
  static final class Check implements Callable<Integer> {

    @Mixin private CommonOptions options = new CommonOptions();
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws SettingsException {
      PrintWriter out = spec.commandLine().getOut();
      SettingsSources sources = options.sources();
      LoadedSettings loaded;
      try {
        loaded = checked(sources);
      } catch (SettingsException e) {
        if (options.output() == OutputFormat.TEXT) {
          throw e;
        }
        out.println(JsonText.of(new Result(false, e.errors().stream().map(Wrong::of).toList())));
        return ExitCode.USAGE;
      }
      List<SettingsError> missing = checkAccount(loaded.settings());
      warnOfRequired(loaded.settings());
      if (!missing.isEmpty()) {
        return lacking(missing, out);
      }
      out.println(
          options.output() == OutputFormat.JSON
              ? JsonText.of(new Result(true, List.of()))
              : "The settings are valid" + (sources.file() == null ? "." : ": " + sources.file()));
      return ExitCode.DONE;
    }

    /** Faults of values don't hide those of files and ports. */
    private LoadedSettings checked(SettingsSources sources) throws SettingsException {
      List<SettingsError> errors = new ArrayList<>();
      Set<String> wrong = new HashSet<>();
      LoadedSettings loaded = null;
      try {
        loaded = options.load();
      } catch (SettingsException e) {
        errors.addAll(e.errors());
        e.errors().forEach(error -> wrong.add(String.valueOf(error.key())));
      }
      Settings settings =
          loaded == null ? SettingsReader.readWithDefaults(sources) : loaded.settings();
      errors.addAll(new ServeCheck(settings, sources.environment(), wrong).errors());
      if (loaded == null || !errors.isEmpty()) {
        throw new SettingsException(errors);
      }
      return loaded;
    }

    /** The settings can be in force, and yet nothing will work. */
    private int lacking(List<SettingsError> missing, PrintWriter out) {
      if (options.output() == OutputFormat.JSON) {
        out.println(JsonText.of(new Result(false, missing.stream().map(Wrong::of).toList())));
      } else {
        PrintWriter err = spec.commandLine().getErr();
        missing.forEach(error -> err.println("tenantgate: " + error));
        err.flush();
      }
      return ExitCode.FAILED;
    }

    /**
     * Checks whether the account may do more than it has to, or less.
     *
     * @return the rights that it lacks
     */
    private List<SettingsError> checkAccount(Settings settings) {
      List<SettingsError> missing = new ArrayList<>();
      PrintWriter err = spec.commandLine().getErr();
      try (Migrator migrator = Migrator.open(settings)) {
        List<String> rights = migrator.checks().excessRights();
        migrator
            .checks()
            .missingRights()
            .forEach(right -> missing.add(new SettingsError("database.url", null, right)));
        if (!rights.isEmpty()) {
          err.println(
              "tenantgate: warning: database.url: the account %s has rights that it doesn't need: %s"
                  .formatted(settings.database().user(), String.join(", ", rights)));
        }
      } catch (SQLException e) {
        err.println(
            "tenantgate: the account's rights weren't looked at: %s"
                .formatted(SqlErrors.describe(e)));
      }
      err.flush();
      return missing;
    }

    /** A version that no migration has is reached by nobody: every connection would be held. */
    private void warnOfRequired(Settings settings) throws SettingsException {
      if (settings.gate().required() instanceof RequiredVersion.UpTo upTo) {
        ChangelogReading reading = Changelogs.read(settings);
        Version version = new Version(upTo.version());
        if (Stream.concat(reading.migrations().stream(), reading.elsewhere().stream())
            .noneMatch(migration -> migration.version().equals(version))) {
          PrintWriter err = spec.commandLine().getErr();
          err.println(
              "tenantgate: warning: gate.required: there is no migration %s".formatted(version));
          err.flush();
        }
      }
    }

    /** The JSON of a check. */
    @JsonPropertyOrder({"valid", "errors"})
    record Result(boolean valid, List<Wrong> errors) {}

    /** The JSON of one error. */
    @JsonPropertyOrder({"key", "where", "message"})
    record Wrong(@Nullable String key, @Nullable String where, String message) {
      static Wrong of(SettingsError error) {
        return new Wrong(error.key(), error.where(), error.message());
      }
    }
  }

  /** {@code tenantgate config print}. */
  @Command(
      name = "print",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate config print --set gate.policy=reject",
      description = "Shows every setting in force and where it came from; secrets are masked.",
      mixinStandardHelpOptions = true)
  static final class Print implements Callable<Integer> {

    @Mixin private CommonOptions options = new CommonOptions();
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws SettingsException {
      PrintWriter out = spec.commandLine().getOut();
      List<EffectiveSetting> settings = options.loadEffective();
      if (options.output() == OutputFormat.JSON) {
        out.println(JsonText.of(Map.of("settings", settings.stream().map(Shown::of).toList())));
        return ExitCode.DONE;
      }
      int keyWidth = widest(settings.stream().map(EffectiveSetting::key).toList());
      int valueWidth = Math.min(48, widest(settings.stream().map(Print::value).toList()));
      String line = "%-" + keyWidth + "s  %-" + valueWidth + "s  %s";
      for (EffectiveSetting setting : settings) {
        out.println(line.formatted(setting.key(), value(setting), setting.origin()));
      }
      return ExitCode.DONE;
    }

    private static String value(EffectiveSetting setting) {
      return setting.value() == null ? "-" : setting.value();
    }

    private static int widest(List<String> texts) {
      return texts.stream().mapToInt(String::length).max().orElse(1);
    }

    /** The JSON of one setting. */
    @JsonPropertyOrder({"key", "value", "origin"})
    record Shown(String key, @Nullable String value, String origin) {
      static Shown of(EffectiveSetting setting) {
        return new Shown(setting.key(), setting.value(), setting.origin().toString());
      }
    }
  }

  /** {@code tenantgate config reference}. */
  @Command(
      name = "reference",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate config reference --output json",
      description =
          "Prints every setting as Markdown: its values, default, meaning, and whether a reload"
              + " takes another value.",
      mixinStandardHelpOptions = true)
  static final class Reference implements Callable<Integer> {

    @Mixin private CommonOptions options = new CommonOptions();
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      out.print(
          options.output() == OutputFormat.JSON
              ? JsonText.of(Map.of("settings", SettingsReference.entries())) + "\n"
              : SettingsReference.markdown());
      out.flush();
      return ExitCode.DONE;
    }
  }
}

package dev.tenantgate.gateway.cli;

import ch.qos.logback.classic.Level;
import dev.tenantgate.config.EffectiveSetting;
import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.config.TenantSettings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options that every command takes, and the settings that follow from them. Confined to one
 * command's run.
 */
public final class CommonOptions {

  private static final String CONFIG_VARIABLE = "TENANTGATE_CONFIG";
  private static final Path FILE_IN_WORKING_FOLDER = Path.of("tenantgate.yaml");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec mixee = CommandSpec.create();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "The settings file. Without it: the file that TENANTGATE_CONFIG names, else"
              + " tenantgate.yaml in the working directory if there is one, else none.")
  private @Nullable Path config;

  @Option(
      names = "--database-url",
      paramLabel = "URL",
      description = "The setting database.url; other users of this machine can see it here.")
  private @Nullable String databaseUrl;

  @Option(
      names = "--migrations",
      paramLabel = "DIR",
      description = "The setting migrations.locations; may be given more than once.")
  private List<String> migrations = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Any setting, such as gate.hold-timeout=5s; may be given more than once.")
  private Map<String, String> overrides = new LinkedHashMap<>();

  @Option(
      names = "--output",
      paramLabel = "text|json",
      defaultValue = "text",
      description = "The form of the output. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  private final Map<String, String> fromOptions = new LinkedHashMap<>();

  private boolean verbose;

  @Option(
      names = {"--verbose", "-verbose"},
      description = "Logs more, and shows the stack trace of a failure.")
  void setVerbose(boolean verbose) {
    this.verbose = verbose;
    if (verbose) {
      LogLevel.set(Level.DEBUG);
    }
  }

  /** Adds settings that a command has options of its own for; these win over {@code --set}. */
  public void override(Map<String, String> settings) {
    overrides.putAll(settings);
  }

  /** Sets a setting that an option of one command stands for. */
  public void set(String key, String value) {
    fromOptions.put(key, value);
  }

  /** The name pattern of tenants' schemas and what else holds for them, without a database. */
  public TenantSettings loadTenants() throws SettingsException {
    return SettingsReader.readTenants(sources());
  }

  /** Every setting in force; the database is among them. */
  public LoadedSettings load() throws SettingsException {
    LoadedSettings loaded = SettingsReader.read(sources());
    PrintWriter err = mixee.commandLine().getErr();
    loaded.warnings().forEach(warning -> err.println("tenantgate: warning: " + warning));
    err.flush();
    return loaded;
  }

  /** The settings of migrations, for work that needs no database. */
  public MigrationSettings loadMigrations() throws SettingsException {
    return SettingsReader.readMigrations(sources());
  }

  /** Every setting to be shown, whether or not there is a database. */
  public List<EffectiveSetting> loadEffective() throws SettingsException {
    return SettingsReader.readEffective(sources());
  }

  /** The sources of the settings; a reload reads the same again. */
  public SettingsSources sources() {
    Map<String, String> environment = environment();
    return new SettingsSources(file(environment), environment, commandLine());
  }

  /** The variables of this process, or those that it was told to take instead. */
  public Map<String, String> environment() {
    return mixee.root().userObject() instanceof TenantgateCommand root
        ? root.environment()
        : System.getenv();
  }

  private @Nullable Path file(Map<String, String> environment) {
    if (config != null) {
      return config;
    }
    String named = environment.get(CONFIG_VARIABLE);
    if (named != null && !named.isEmpty()) {
      return Path.of(named);
    }
    return Files.exists(FILE_IN_WORKING_FOLDER) ? FILE_IN_WORKING_FOLDER : null;
  }

  private Map<String, String> commandLine() {
    Map<String, String> values = new LinkedHashMap<>(overrides);
    values.putAll(fromOptions);
    if (databaseUrl != null) {
      values.put("database.url", databaseUrl);
    }
    if (!migrations.isEmpty()) {
      if (migrations.stream().anyMatch(folder -> folder.indexOf(',') >= 0)) {
        throw new ParameterException(
            mixee.commandLine(),
            "--migrations: a folder with a comma in its name has to stand in the settings file");
      }
      values.put("migrations.locations", String.join(",", migrations));
    }
    return values;
  }

  public OutputFormat output() {
    return output;
  }

  public boolean verbose() {
    return verbose;
  }
}

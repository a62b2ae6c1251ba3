package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads the settings: command line over environment over file over defaults. Every error is found
 * before any is thrown.
 */
public final class SettingsReader {

  private SettingsReader() {}

  /**
   * Reads every setting.
   *
   * @throws SettingsException with all that is wrong
   */
  public static LoadedSettings read(SettingsSources sources) throws SettingsException {
    ResolvedSettings resolved = resolve(sources);
    resolved.requireDatabase();
    resolved.checkTogether();
    resolved.throwIfAnyError();
    return new LoadedSettings(
        new SettingsRecords(resolved).settings(), resolved.effective(), resolved.warnings());
  }

  /**
   * Reads the settings for work that needs no database, such as validating migrations. Everything
   * given is checked all the same.
   *
   * @throws SettingsException with all that is wrong
   */
  public static MigrationSettings readMigrations(SettingsSources sources) throws SettingsException {
    ResolvedSettings resolved = resolve(sources);
    resolved.checkTogether();
    resolved.throwIfAnyError();
    return new SettingsRecords(resolved).migrations();
  }

  /**
   * Reads what holds for tenants, for work that needs no database. Everything given is checked all
   * the same.
   *
   * @throws SettingsException with all that is wrong
   */
  public static TenantSettings readTenants(SettingsSources sources) throws SettingsException {
    ResolvedSettings resolved = resolve(sources);
    resolved.checkTogether();
    resolved.throwIfAnyError();
    return new SettingsRecords(resolved).tenants();
  }

  /**
   * Reads every setting to be shown, whether or not there is a database.
   *
   * @throws SettingsException with all that is wrong
   */
  public static List<EffectiveSetting> readEffective(SettingsSources sources)
      throws SettingsException {
    ResolvedSettings resolved = resolve(sources);
    resolved.checkTogether();
    resolved.throwIfAnyError();
    return resolved.effective();
  }

  /**
   * Reads every setting, with the default in the place of each value that is wrong or missing: for
   * those who look for what else is wrong, never to work with. Throws nothing.
   */
  public static Settings readWithDefaults(SettingsSources sources) {
    ResolvedSettings resolved = resolve(sources);
    resolved.checkTogether();
    resolved.fillWithDefaults();
    return new SettingsRecords(resolved).settings();
  }

  private static ResolvedSettings resolve(SettingsSources sources) {
    Path workingFolder = Path.of("").toAbsolutePath();
    Path file = sources.file();
    List<Layer> layers = new ArrayList<>();
    layers.add(commandLine(sources.commandLine(), workingFolder));
    layers.add(EnvironmentLayer.read(sources.environment(), workingFolder));
    Path folder = file == null ? workingFolder : folderOf(file);
    if (file != null) {
      layers.add(YamlLayer.read(file, folder));
    }
    Layer given = layers.stream().filter(SettingsReader::namesDatabase).findFirst().orElse(null);
    Layer variables =
        given == null ? ClientVariables.read(sources.environment(), workingFolder) : new Layer();
    if (given == null || EnvironmentLayer.takesDsn(given)) {
      ClientVariables.checkDriver(sources.environment(), variables);
    }
    layers.add(variables);
    return new ResolvedSettings(layers, folder);
  }

  private static boolean namesDatabase(Layer layer) {
    return layer.values().containsKey(DatabaseKeys.URL.name())
        || layer.values().containsKey(DatabaseKeys.URL.fileName());
  }

  private static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().normalize().getParent();
    return folder == null ? Path.of("").toAbsolutePath() : folder;
  }

  private static Layer commandLine(Map<String, String> values, Path workingFolder) {
    Layer layer = new Layer();
    Origin origin = new Origin.CommandLine();
    values.forEach(
        (name, value) -> {
          if (NamedKeys.areBelow(name)) {
            YamlLayer.readNames(layer, name, value, origin, workingFolder);
          } else if (SettingKeys.BY_NAME.containsKey(name) || NamedKeys.find(name) != null) {
            layer.put(name, RawValue.text(value, origin, workingFolder));
          } else {
            layer.rejectUnknown(name, origin, SettingKeys.nearest(name));
          }
        });
    return layer;
  }
}

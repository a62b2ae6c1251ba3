package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;

/** Reads the changelog that the settings name, this migrator's or a tool's. Stateless. */
public final class Changelogs {

  private Changelogs() {}

  /**
   * Reads it; problems of the files are in the result.
   *
   * @throws SettingsException if a folder that is named isn't there
   */
  public static ChangelogReading read(Settings settings) throws SettingsException {
    if (settings.migrations().tool().isExternal()) {
      return ExternalChangelog.read(settings.migrations(), settings.gate().required());
    }
    settings.migrations().requireLocations();
    return ChangelogReader.read(settings.migrations());
  }
}

package dev.tenantgate.gateway.cli;

import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.server.SettingsSource;

/** The settings of {@code serve}: file, environment and options. Immutable, but for the watch. */
record ServedSettings(SettingsSources sources, FileWatch files) implements SettingsSource {

  @Override
  public LoadedSettings read() throws SettingsException {
    return files.noting(SettingsReader.read(sources));
  }

  @Override
  public String file() {
    return sources.file() == null ? "none" : String.valueOf(sources.file());
  }
}

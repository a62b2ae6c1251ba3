package dev.tenantgate.gateway.server;

import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.SettingsException;

/** Where settings are read from, at the start and at every reload. */
@FunctionalInterface
public interface SettingsSource {

  /**
   * Reads all settings anew.
   *
   * @throws SettingsException with everything that is wrong
   */
  LoadedSettings read() throws SettingsException;

  /** The settings file, for the log; {@code none} where there is none. */
  default String file() {
    return "none";
  }
}

package dev.tenantgate.config;

import java.util.List;

/**
 * The settings in force, and where each came from. Immutable.
 *
 * @param settings the settings
 * @param effective every key, in the order of the reference file
 * @param warnings what is given and has no effect
 */
public record LoadedSettings(
    Settings settings, List<EffectiveSetting> effective, List<String> warnings) {

  public LoadedSettings {
    warnings = List.copyOf(warnings);
    effective = List.copyOf(effective);
  }

  /**
   * Where the value of a key came from.
   *
   * @throws IllegalArgumentException if there is no such key
   */
  public Origin originOf(String key) {
    return effective.stream()
        .filter(setting -> setting.key().equals(key))
        .map(EffectiveSetting::origin)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no such key: " + key));
  }
}

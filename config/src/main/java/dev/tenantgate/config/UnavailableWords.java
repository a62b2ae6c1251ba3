package dev.tenantgate.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Words that settings know and this version's gateway can't do yet. A word that it learns is one
 * line less here; once the last is gone, so is this class.
 */
public final class UnavailableWords {

  private UnavailableWords() {}

  /**
   * Lets settings through that this version's gateway can serve with.
   *
   * @throws SettingsException naming each word that it can't
   */
  public static void check(LoadedSettings loaded) throws SettingsException {
    Settings settings = loaded.settings();
    List<SettingsError> errors = new ArrayList<>();
    boolean pooled = settings.pool().mode() == PoolSettings.Mode.TRANSACTION;
    if (pooled && settings.auth().method() == AuthSettings.Method.PASS_THROUGH) {
      errors.add(
          new SettingsError(
              SettingKeys.POOL_MODE.name(),
              loaded.originOf(SettingKeys.POOL_MODE.name()).toString(),
              "transaction needs auth.method: scram-sha-256 or trust; with pass-through only the"
                  + " client could log its backends in, and the gateway opens them itself"));
    }
    if (settings.auth().method() == AuthSettings.Method.SCRAM_SHA_256
        || (settings.auth().method() == AuthSettings.Method.TRUST && !pooled)) {
      errors.add(
          unavailable(loaded, SettingKeys.AUTH_METHOD, settings.auth().method(), "pass-through"));
    }
    if (!errors.isEmpty()) {
      throw new SettingsException(errors);
    }
  }

  private static SettingsError unavailable(
      LoadedSettings loaded, SettingKey<?> key, Enum<?> word, String instead) {
    return new SettingsError(
        key.name(),
        loaded.originOf(key.name()).toString(),
        ValueTypes.wordOf(word) + " is not available in this version; use " + instead);
  }
}

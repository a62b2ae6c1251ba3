package dev.tenantgate.config;

import static dev.tenantgate.config.ValueTypes.wholeNumber;

import java.util.List;

/** The keys of the console. */
final class ConsoleKeys {

  static final SettingKey<List<String>> USERS =
      SettingKey.optional("admin.users", new ListType<>("list of users", name -> name));
  static final SettingKey<List<String>> STATS_USERS =
      SettingKey.optional("admin.stats-users", new ListType<>("list of users", name -> name));
  static final SettingKey<Integer> CONNECTIONS =
      SettingKey.of("admin.console-connections", wholeNumber(1, 1_000), "20");

  private ConsoleKeys() {}

  static ConsoleSettings console(ResolvedSettings from) {
    return new ConsoleSettings(
        from.orNone(USERS), from.orNone(STATS_USERS), from.need(CONNECTIONS));
  }

  /** A console's user proves by SCRAM who it is, whatever the others do. */
  static void check(ResolvedSettings settings) {
    boolean asks =
        settings.get(SettingKeys.AUTH_METHOD) == AuthSettings.Method.SCRAM_SHA_256
            && settings.get(SettingKeys.AUTH_QUERY) != null;
    if (asks || settings.get(SettingKeys.AUTH_USER_LIST) != null) {
      return;
    }
    for (SettingKey<List<String>> key : List.of(USERS, STATS_USERS)) {
      if (!settings.orNone(key).isEmpty()) {
        settings.reject(
            key,
            settings.origin(key),
            "needs auth.user-list: the gateway itself checks users of the console, by the password"
                + " or the SCRAM-SHA-256 verifier there");
      }
    }
  }
}

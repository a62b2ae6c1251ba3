package dev.tenantgate.gateway.auth;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.config.ConsoleSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import java.util.ArrayList;
import java.util.List;

/** The console's users, and what proves that they are. Stateless. */
final class ConsoleUsers {

  private ConsoleUsers() {}

  /**
   * The console's users as a part of the user list.
   *
   * @throws SettingsException with each that SCRAM can't check, unless an auth query may have it
   */
  static UserList of(Settings settings) throws SettingsException {
    AuthSettings auth = settings.auth();
    ConsoleSettings console = settings.console();
    if (!console.isOffered() || auth.userList() == null) {
      return UserList.EMPTY;
    }
    UserList listed =
        UserList.read(auth.userList(), auth.method() == AuthSettings.Method.SCRAM_SHA_256);
    boolean mayBeAskedFor =
        auth.method() == AuthSettings.Method.SCRAM_SHA_256 && auth.query() != null;
    List<SettingsError> errors = new ArrayList<>();
    if (!mayBeAskedFor) {
      check("admin.users", console.users(), listed, errors);
      check("admin.stats-users", console.statsUsers(), listed, errors);
    }
    if (!errors.isEmpty()) {
      throw new SettingsException(errors);
    }
    return listed.only(console::mayLook);
  }

  private static void check(
      String key, List<String> users, UserList listed, List<SettingsError> errors) {
    for (String user : users) {
      UserSecret secret = listed.find(user);
      if (secret == null || secret instanceof UserSecret.Md5) {
        errors.add(
            new SettingsError(
                key,
                null,
                "\"%s\" needs a password or a SCRAM-SHA-256 verifier in auth.user-list%s"
                    .formatted(
                        user,
                        secret == null
                            ? ", where it isn't"
                            : ", where it has an MD5 hash, by which SCRAM can't check anybody")));
      }
    }
  }
}

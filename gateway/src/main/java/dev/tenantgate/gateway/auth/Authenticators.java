package dev.tenantgate.gateway.auth;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.config.AuthSettings.UnixSocketMethod;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.scram.KeyDerivation;

/**
 * Makes the authentication that settings ask for, at the start and at every reload, out of what
 * outlives them: the connection of auth queries, derived keys, the random salts. Thread-safe.
 */
public final class Authenticators {

  private final AuthQueryConnection connection;
  private final KeyDerivation derivation;
  private final InventedSalts randomSalts = InventedSalts.random();

  public Authenticators(AuthQueryConnection connection, KeyDerivation derivation) {
    this.connection = connection;
    this.derivation = derivation;
  }

  /**
   * As the settings say; the user list is read now.
   *
   * @throws SettingsException with every line of the user list that can't be read, and every user
   *     of the console that can't log in by it
   */
  public ClientAuthentication of(Settings settings) throws SettingsException {
    AuthSettings auth = settings.auth();
    ClientAuthentication ofAll = of(auth.method(), auth, users(auth));
    return auth.method() == AuthSettings.Method.SCRAM_SHA_256 || !settings.console().isOffered()
        ? ofAll
        : ofAll.withConsole(of(AuthSettings.Method.SCRAM_SHA_256, auth, ConsoleUsers.of(settings)));
  }

  private ClientAuthentication of(AuthSettings.Method method, AuthSettings auth, UserList users) {
    String saltSecret = auth.saltSecret();
    String sql = auth.query();
    boolean asks = auth.method() == AuthSettings.Method.SCRAM_SHA_256 && sql != null;
    return new ClientAuthentication(
        method,
        users,
        asks && sql != null ? new AuthQuery(sql, connection) : null,
        derivation,
        saltSecret == null ? randomSalts : InventedSalts.from(saltSecret),
        asksPeers(auth) ? PeerRoles.of(auth) : null);
  }

  private static boolean asksPeers(AuthSettings settings) {
    return settings.unixSocketMethod() == UnixSocketMethod.PEER;
  }

  /**
   * Makes sure that all users can be checked who have to be.
   *
   * @throws SettingsException as {@link #of} does
   */
  public static void check(Settings settings) throws SettingsException {
    users(settings.auth());
    ConsoleUsers.of(settings);
  }

  /**
   * The user list of the settings; an empty one where none is needed.
   *
   * @throws SettingsException with every line that can't be read, or used
   */
  public static UserList users(AuthSettings settings) throws SettingsException {
    boolean needed = settings.method() != AuthSettings.Method.PASS_THROUGH || asksPeers(settings);
    return settings.userList() == null || !needed
        ? UserList.EMPTY
        : UserList.read(
            settings.userList(), settings.method() == AuthSettings.Method.SCRAM_SHA_256);
  }
}

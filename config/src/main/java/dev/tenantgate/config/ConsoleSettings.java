package dev.tenantgate.config;

import java.util.List;

/**
 * The console: the database {@code tenantgate}, or {@code pgbouncer}, that the gateway itself
 * answers for ({@code admin.users} and its like).
 *
 * @param users who may do everything there. Default none.
 * @param statsUsers who may look. Default none.
 * @param connections how many consoles there may be at once. Default 20.
 */
public record ConsoleSettings(List<String> users, List<String> statsUsers, int connections) {

  /** Nobody's. */
  public static final ConsoleSettings NONE = new ConsoleSettings(List.of(), List.of(), 20);

  public ConsoleSettings {
    users = List.copyOf(users);
    statsUsers = List.copyOf(statsUsers);
    ConsoleKeys.CONNECTIONS.require(connections);
  }

  /** Whether there is a console at all; if not, databases of its names are the server's. */
  public boolean isOffered() {
    return !users.isEmpty() || !statsUsers.isEmpty();
  }

  /** Whether a database of this name is the console. */
  public boolean isNamed(String database) {
    return isOffered() && (database.equals("tenantgate") || database.equals("pgbouncer"));
  }

  /** Whether a user may do everything. */
  public boolean mayCommand(String user) {
    return users.contains(user);
  }

  /** Whether a user may look. */
  public boolean mayLook(String user) {
    return statsUsers.contains(user) || users.contains(user);
  }
}

package dev.tenantgate.migrator.connection;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.config.TargetSession;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * Opens the driver's connections as libpq does: at each address of each host in turn, until one is
 * reached and is of the kind that is wanted ({@code target_session_attrs}). A server that refuses
 * the login is the last that is tried. The driver itself would try one address of a name alone.
 * Thread-safe.
 */
final class ServerLogins {

  /** connection_failure and its like, admin_shutdown, crash_shutdown, cannot_connect_now. */
  private static final Set<String> AWAY = Set.of("57P01", "57P02", "57P03");

  private static final String KIND =
      "SELECT pg_catalog.pg_is_in_recovery(),"
          + " pg_catalog.current_setting('default_transaction_read_only')";

  private final NameService names;
  private volatile Account account;

  /** The one that is tried first; null for the order of the settings. */
  private volatile @Nullable ServerPlace preferred;

  /** The account and the servers; swapped whole. */
  private record Account(DatabaseSettings database, Properties properties) {}

  /**
   * A connection that was opened.
   *
   * @param place where it leads
   */
  record Opened(Connection connection, ServerPlace place) {}

  ServerLogins(DatabaseSettings database, NameService names) {
    this.names = names;
    this.account = new Account(database, DriverProperties.of(database));
  }

  /** The settings that connections are opened by. */
  DatabaseSettings database() {
    return account.database;
  }

  /** Takes other settings, from the next connection on. */
  void reconfigure(DatabaseSettings database) {
    if (!database.leadsWhere(account.database)) {
      preferred = null;
    }
    account = new Account(database, DriverProperties.of(database));
  }

  /** A server is to be tried before all others: connections have been had there. */
  void prefer(ServerPlace place) {
    preferred = place;
  }

  @Nullable ServerPlace preferred() {
    return preferred;
  }

  /**
   * Opens a connection.
   *
   * @param patience how long it waits for any answer before it breaks; null is for ever
   */
  Opened open(@Nullable Duration patience) throws SQLException {
    Account now = account;
    Properties properties = new Properties();
    properties.putAll(now.properties);
    if (patience != null) {
      properties.setProperty("socketTimeout", Long.toString(Math.max(1, patience.toSeconds())));
    }
    List<ServerPlace> places = places(now.database);
    List<SQLException> failures = new ArrayList<>();
    // As libpq, "prefer-standby" looks for a standby first, and then takes whichever answers.
    boolean preferring = now.database.target() == TargetSession.PREFER_STANDBY;
    TargetSession wanted = preferring ? TargetSession.STANDBY : now.database.target();
    Opened opened = first(places, properties, wanted, failures);
    if (opened == null && preferring) {
      opened = first(places, properties, TargetSession.ANY, failures);
    }
    if (opened == null) {
      throw all(failures);
    }
    return opened;
  }

  private static @Nullable Opened first(
      List<ServerPlace> places,
      Properties properties,
      TargetSession wanted,
      List<SQLException> failures)
      throws SQLException {
    for (ServerPlace place : places) {
      try {
        return new Opened(at(place, properties, wanted), place);
      } catch (SQLException e) {
        failures.add(e);
        if (!isAway(e)) {
          throw e;
        }
      }
    }
    return null;
  }

  private static SQLException all(List<SQLException> failures) {
    SQLException first = failures.get(0);
    if (failures.size() == 1) {
      return first;
    }
    List<String> reasons = failures.stream().map(SQLException::getMessage).distinct().toList();
    return new SQLException(String.join("; ", reasons), first.getSQLState(), first);
  }

  private static boolean isAway(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return AWAY.contains(state) || (state.startsWith("08") && TlsFailure.describe(e) == null);
  }

  private static Connection at(ServerPlace place, Properties properties, TargetSession wanted)
      throws SQLException {
    Properties own = new Properties();
    own.putAll(properties);
    InetAddress address = place.address();
    if (address != null) {
      own.setProperty("socketFactoryArg", address.getHostAddress());
    }
    Connection connection = DriverManager.getConnection(DriverProperties.url(place.host()), own);
    try {
      refuseUnwanted(connection, place, wanted);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private static void refuseUnwanted(Connection connection, ServerPlace place, TargetSession wanted)
      throws SQLException {
    if (wanted == TargetSession.ANY) {
      return;
    }
    PGConnection reporting = connection.unwrap(PGConnection.class);
    String standby = reporting.getParameterStatus("in_hot_standby");
    String readOnly = reporting.getParameterStatus("default_transaction_read_only");
    if (standby == null || readOnly == null) {
      // Before PostgreSQL 14 a server doesn't say so by itself.
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(KIND)) {
        row.next();
        standby = row.getBoolean(1) ? "on" : "off";
        readOnly = row.getString(2);
      }
    }
    if (!wanted.accepts(standby.equals("on"), readOnly.equals("on"))) {
      throw new SQLException(
          "%s is %s, and target_session_attrs=%s is wanted"
              .formatted(
                  place,
                  standby.equals("on")
                      ? "a standby"
                      : readOnly.equals("on") ? "read-only" : "not a standby",
                  wanted.word()),
          "08006");
    }
  }

  private List<ServerPlace> places(DatabaseSettings database) {
    List<ServerPlace> places = new ArrayList<>();
    for (NetworkAddress host : database.addresses()) {
      places.addAll(placesOf(host));
    }
    ServerPlace first = preferred;
    if (first != null && places.remove(first)) {
      places.add(0, first);
    }
    return places;
  }

  /** A name that can't be resolved is left to the driver, whose words say so. */
  private List<ServerPlace> placesOf(NetworkAddress host) {
    if (host.isUnixSocket()) {
      return List.of(new ServerPlace(host, null));
    }
    try {
      return names.lookUp(host.host()).stream()
          .map(address -> new ServerPlace(host, address))
          .toList();
    } catch (UnknownHostException e) {
      return List.of(new ServerPlace(host, null));
    }
  }
}

package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.Bookkeeping;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.RegistryFunctions;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the registry and its functions at first use, and again after somebody dropped them.
 * Thread-safe.
 */
public final class RegistryAccess {

  private static final Logger LOG = LoggerFactory.getLogger(RegistryAccess.class);

  private final Sessions sessions;
  private volatile boolean isThere;
  private volatile Bookkeeping bookkeeping = Bookkeeping.SENT;

  RegistryAccess(Sessions sessions) {
    this.sessions = sessions;
  }

  /**
   * Creates the registry at first use.
   *
   * @throws SQLException if the account may not, or the database can't be reached
   */
  public void ensure(Connection connection) throws SQLException {
    if (isThere) {
      return;
    }
    try {
      Registry.create(connection);
    } catch (SQLException e) {
      if ("42501".equals(e.getSQLState())) {
        throw new SQLException(
            "the schema %s doesn't exist and the gateway's account may not create it; create it"
                    .formatted(Registry.SCHEMA)
                + " with this account as its owner, or GRANT CREATE ON DATABASE to it",
            e.getSQLState());
      }
      throw e;
    }
    bookkeeping = makeFunctions(connection) ? Bookkeeping.CALLED : Bookkeeping.SENT;
    isThere = true;
  }

  /** How transactions tell of what they do; chosen once the registry is there. */
  public Bookkeeping bookkeeping() {
    return bookkeeping;
  }

  /** Looks for the registry again before it is next used. */
  public void forget() {
    isThere = false;
  }

  private boolean makeFunctions(Connection connection) throws SQLException {
    if (!sessions.strategy(connection).hasTransactionalDdl()) {
      return false;
    }
    try {
      RegistryFunctions.create(connection, sessions.historyName());
      return true;
    } catch (SQLException e) {
      SqlFailure failure = SqlFailure.of(e, connection);
      if (failure.kind() == SqlFailure.Kind.CONNECTION) {
        throw e;
      }
      LOG.atInfo()
          .addKeyValue("error", failure.text())
          .log(
              "the registry's functions can't be made; runs over many tenants take a little"
                  + " longer");
      return false;
    }
  }

  /** Whether an error says that somebody dropped the registry. */
  public static boolean isMissing(SQLException e) {
    return "42P01".equals(e.getSQLState())
        || "42883".equals(e.getSQLState())
        || "3F000".equals(e.getSQLState());
  }
}

package dev.tenantgate.migrator.connection;

import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.migrator.sql.OwnTransaction;
import dev.tenantgate.migrator.sql.SqlStatement;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/** How schema changes are executed, which depends on what they are to a server's transactions. */
public enum ExecutionStrategy {
  /** Schema changes are part of their transaction: a schema's migrations share one. */
  POSTGRESQL {
    @Override
    public boolean runsAlone(SqlStatement statement) {
      return OwnTransaction.isNeededBy(statement) || OwnTransaction.isPossibleIn(statement);
    }
  },
  /**
   * Schema changes are jobs that outlive their transaction: each is sent by itself, what is done is
   * recorded after each, and the history is written in the end.
   */
  COCKROACHDB {
    @Override
    public boolean runsAlone(SqlStatement statement) {
      return !TRANSACTIONAL.contains(statement.word(0));
    }
  };

  /** Statements that only read and write rows; all others may change a schema. */
  private static final Set<String> TRANSACTIONAL =
      Set.of("INSERT", "UPDATE", "DELETE", "UPSERT", "WITH", "SELECT", "VALUES", "TABLE");

  /** Whether a statement is sent outside of any transaction, where it isn't one of many. */
  public abstract boolean runsAlone(SqlStatement statement);

  /** Whether migrations can share a transaction, and be undone with it. */
  public boolean hasTransactionalDdl() {
    return this == POSTGRESQL;
  }

  /** The strategy in the settings, or else of the server's version. */
  public static ExecutionStrategy of(ExecutionSettings.Strategy setting, Connection connection)
      throws SQLException {
    return switch (setting) {
      case POSTGRESQL -> POSTGRESQL;
      case COCKROACHDB -> COCKROACHDB;
      case AUTO -> byVersion(connection);
    };
  }

  private static ExecutionStrategy byVersion(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_catalog.version()")) {
      return row.next() && row.getString(1).startsWith("CockroachDB") ? COCKROACHDB : POSTGRESQL;
    }
  }
}

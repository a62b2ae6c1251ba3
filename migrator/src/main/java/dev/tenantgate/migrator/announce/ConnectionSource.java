package dev.tenantgate.migrator.announce;

import java.sql.Connection;
import java.sql.SQLException;

/** Where connections to the database come from. */
@FunctionalInterface
public interface ConnectionSource {

  /** A connection, to be closed by the caller. */
  Connection connect() throws SQLException;

  /** Whether a connection leads where new ones don't any more: another is to take its place. */
  default boolean isLeft(Connection connection) {
    return false;
  }
}

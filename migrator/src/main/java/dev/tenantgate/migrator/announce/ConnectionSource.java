package dev.tenantgate.migrator.announce;

import java.sql.Connection;
import java.sql.SQLException;

/** Where connections to the database come from. */
@FunctionalInterface
public interface ConnectionSource {

  /** A connection, to be closed by the caller. */
  Connection connect() throws SQLException;
}

package dev.tenantgate.migrator.connection;

import java.sql.SQLException;

/**
 * A message that is sent right behind another, in the same write: the server runs it as soon as it
 * has answered that one, whatever this process does meanwhile. Where the first fails in the midst
 * of a transaction, that has failed for this one as well.
 */
public interface Trailer {

  /** Its statements. */
  String sql();

  /** The first message has succeeded; told before this one is answered. */
  void answered();

  /** This one has failed behind a first message that succeeded. */
  void failed(SQLException error);
}

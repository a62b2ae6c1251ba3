package dev.tenantgate.migrator.drain;

import dev.tenantgate.migrator.connection.AccessErrors;
import java.sql.SQLException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs once that a gateway has lost its contact with the others, and once that it has it again. */
final class ContactLog {

  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  /** undefined_table, invalid_schema_name, undefined_column. */
  private static final Set<String> MISSING = Set.of("42P01", "3F000", "42703");

  private boolean toldOfLoss;

  void lost(SQLException e) {
    if (MISSING.contains(String.valueOf(e.getSQLState()))) {
      LOG.atDebug().setCause(e).log("the registry is made anew");
      return;
    }
    if (!toldOfLoss) {
      toldOfLoss = true;
      LOG.atWarn()
          .addKeyValue("error", AccessErrors.describe(e))
          .log("the database can't be reached: transactions are held once the lease has run out");
    }
  }

  void regained() {
    if (toldOfLoss) {
      toldOfLoss = false;
      LOG.info("the gateway is among those on its database again");
    }
  }

  /** The contact is there, and nothing is said of it. */
  void isThere() {
    toldOfLoss = false;
  }
}

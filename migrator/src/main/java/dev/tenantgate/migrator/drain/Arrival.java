package dev.tenantgate.migrator.drain;

import dev.tenantgate.migrator.history.DrainTables;
import dev.tenantgate.migrator.history.DrainTables.Drained;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Finds migrations that began without a gateway which has just come, or come back. First its row is
 * there for all to see, then it looks: migrations that are under way, and that nobody drains for,
 * are taken for drained here until they are over. Others may be about to begin one, for all that
 * they know is that there was no gateway a moment ago; where somebody is there who may, the gateway
 * waits until that is forgotten, and looks once more, before it vouches for anything. Confined to
 * one thread.
 */
final class Arrival {

  /** How long others may believe that there is no gateway. */
  static final Duration UNSEEN = Drainer.MEMBERS_KNOWN.plusMillis(100);

  /** So long a migration is taken for one that isn't safe beside transactions. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private enum Phase {
    NEW,
    UNSEEN,
    SETTLED
  }

  private final String id;
  private final Supplier<Collection<Integer>> own;
  private final Set<Drained> undrained = new HashSet<>();
  private Phase phase = Phase.NEW;
  private long patientUntilNanos;

  /**
   * Prepares an arrival.
   *
   * @param id the gateway's, as its own leases name it
   * @param own the processes at the server that are this process's own migrator's
   */
  Arrival(String id, Supplier<Collection<Integer>> own) {
    this.id = id;
    this.own = own;
  }

  /** The gateway comes anew. */
  void again() {
    phase = Phase.NEW;
  }

  /** Whether all is known that began without the gateway. */
  boolean isSettled() {
    return phase == Phase.SETTLED;
  }

  /** A heartbeat has been committed; to be called before marks are read. */
  void seen(Connection connection) throws SQLException {
    if (phase == Phase.SETTLED) {
      return;
    }
    boolean others = phase == Phase.NEW && mayOthersBegin(connection);
    look(connection);
    phase = others ? Phase.UNSEEN : Phase.SETTLED;
    patientUntilNanos = System.nanoTime() + PATIENCE.toNanos();
  }

  private boolean mayOthersBegin(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(DrainTables.activity(own.get()))) {
      return row.next() && row.getBoolean(1);
    }
  }

  private void look(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(DrainTables.undrained(id))) {
      while (rows.next()) {
        undrained.add(new Drained(rows.getString(1), rows.getLong(2)));
      }
    }
  }

  /** The query for the marks in force, those that only this gateway has among them. */
  String marks() {
    if (phase == Phase.SETTLED && System.nanoTime() - patientUntilNanos >= 0) {
      undrained.clear();
    }
    return DrainTables.marks(undrained);
  }
}

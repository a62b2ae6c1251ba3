package dev.tenantgate.gateway.benchmark;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * How a backend's own memory grows with the tenants that it has served: it keeps what it has learnt
 * of their tables. Immutable.
 *
 * @param tenants that it has served
 * @param bytes of memory that it shares with nobody
 */
record BackendGrowth(int tenants, long bytes) {

  /** Relations of a tenant that a transaction of the sweep opens: a table and its index. */
  static final int RELATIONS = 2;

  /**
   * Serves the tenants in turn, and looks at the process; empty where it isn't on this machine.
   *
   * @param stops the numbers of tenants to look at it behind, in ascending order
   */
  static List<BackendGrowth> measure(BenchmarkServer server, List<Integer> stops)
      throws SQLException {
    List<BackendGrowth> growth = new ArrayList<>();
    if (server.postmaster() == 0) {
      return growth;
    }
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      long process = BenchmarkServer.process(statement);
      int served = 0;
      for (int stop : stops) {
        while (served < stop) {
          served++;
          statement.execute(
              "SET search_path = %s; SELECT balance FROM accounts WHERE aid = 1"
                  .formatted(PoolingGround.schema(served)));
        }
        growth.add(new BackendGrowth(served, CommandRun.memory(process, "RssAnon:")));
      }
    }
    return growth;
  }

  /** Bytes for each tenant, from the first look to the last; 0 if there are no two. */
  static double perTenant(List<BackendGrowth> growth) {
    if (growth.size() < 2) {
      return 0;
    }
    BackendGrowth first = growth.get(0);
    BackendGrowth last = growth.get(growth.size() - 1);
    return (double) (last.bytes - first.bytes) / (last.tenants - first.tenants);
  }
}

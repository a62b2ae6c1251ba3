package dev.tenantgate.gateway.benchmark;

import java.util.ArrayList;
import java.util.List;

/**
 * One load that both poolers get. Immutable.
 *
 * @param name as the table has it, and as it is chosen by
 * @param clients how many there are at once
 * @param protocol of pgbench: simple, extended, prepared
 * @param script of pgbench
 * @param tenantEach whether each client is of another tenant; else all are of the first
 * @param connectEach whether each transaction connects, and disconnects
 * @param scram whether clients log in by SCRAM-SHA-256; else everybody is trusted
 * @param throughputTarget how the throughput is to stand to the other's, at least
 */
record PoolingRow(
    String name,
    int clients,
    String protocol,
    String script,
    boolean tenantEach,
    boolean connectEach,
    boolean scram,
    double throughputTarget) {

  /** How many rows each tenant's table has. */
  static final int ACCOUNTS = 1_000;

  /** How many rows of 100 bytes the wide result has. */
  static final int WIDE_ROWS = 1_000;

  private static final double WIDE_TARGET = 1.4;

  private static final String SELECT =
      """
      \\set aid random(1, %d)
      SELECT balance FROM accounts WHERE aid = :aid;
      """
          .formatted(ACCOUNTS);

  /** How applications behind a pooler switch tenants: in each transaction. */
  private static final String SWITCH =
      """
      \\set tenant random(1, :tenants) + 100000
      \\set aid random(1, %d)
      BEGIN;
      SET LOCAL search_path = bench_:tenant;
      SELECT balance FROM accounts WHERE aid = :aid;
      COMMIT;
      """
          .formatted(ACCOUNTS);

  private static final String WIDE = "SELECT filler FROM wide;\n";

  /**
   * All of them.
   *
   * @param tenants how many tenants there are
   */
  static List<PoolingRow> all(int tenants) {
    List<PoolingRow> rows = new ArrayList<>();
    for (String protocol : List.of("simple", "extended", "prepared")) {
      for (int clients : List.of(1, 16, 64)) {
        rows.add(select(clients, protocol));
      }
    }
    for (int clients : List.of(1, 16, 64)) {
      rows.add(
          new PoolingRow(
              "%d tenants, SET LOCAL, %d".formatted(tenants, clients),
              clients,
              "simple",
              SWITCH.replace(":tenants", Integer.toString(tenants)),
              false,
              false,
              false,
              1));
    }
    rows.add(
        new PoolingRow(
            "%1$d tenants, one each, %1$d".formatted(tenants),
            tenants,
            "simple",
            SELECT,
            true,
            false,
            false,
            1));
    for (int clients : List.of(1, 16)) {
      rows.add(
          new PoolingRow(
              "1,000 rows, " + clients, clients, "simple", WIDE, false, false, false, WIDE_TARGET));
    }
    rows.add(new PoolingRow("connect, trust, 4", 4, "simple", SELECT, false, true, false, 1));
    rows.add(new PoolingRow("connect, SCRAM, 4", 4, "simple", SELECT, false, true, true, 1));
    return rows;
  }

  private static PoolingRow select(int clients, String protocol) {
    return new PoolingRow(
        "%s, %d".formatted(protocol, clients), clients, protocol, SELECT, false, false, false, 1);
  }
}

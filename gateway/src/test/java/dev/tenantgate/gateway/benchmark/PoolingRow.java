package dev.tenantgate.gateway.benchmark;

import java.util.ArrayList;
import java.util.List;

/**
 * One load, and who gets it. Immutable.
 *
 * @param name as the table has it, and as it is chosen by
 * @param clients how many there are at once
 * @param protocol of pgbench: simple, extended, prepared
 * @param script of pgbench, for those who know of tenants
 * @param tenants how many tenants the load goes over
 * @param kind of its clients
 * @param peers the gateway first; the others are compared with it
 * @param throughput how the gateway's throughput is to stand to the best other pooler's, at least
 * @param cpu how its processor time per transaction is to stand to that one's, at most
 */
record PoolingRow(
    String name,
    int clients,
    String protocol,
    String script,
    int tenants,
    Kind kind,
    List<Peer> peers,
    double throughput,
    double cpu) {

  /** The clients' work besides their script. */
  enum Kind {
    /** All are of the first tenant. */
    PLAIN,
    /** Each is of another tenant. */
    TENANT_EACH,
    /** Each transaction connects, and disconnects. */
    CONNECT,
    /** The same, where clients log in by SCRAM-SHA-256. */
    CONNECT_SCRAM
  }

  /** How many tenants a load is over whose clients are of a tenant each. */
  static final int TENANTS = 200;

  /** How many rows each tenant's table has. */
  static final int ACCOUNTS = 100;

  /** How many rows of 100 bytes the wide result has. */
  static final int WIDE_ROWS = 1_000;

  private static final double ANY = Double.NaN;

  private static final String SELECT =
      """
      \\set aid random(1, %d)
      SELECT balance FROM accounts WHERE aid = :aid;
      """
          .formatted(ACCOUNTS);

  /** How applications behind a pooler switch tenants: in each transaction. */
  private static final String SWITCH =
      """
      \\set tenant random(1, %d) + 100000
      \\set aid random(1, %d)
      BEGIN;
      SET LOCAL search_path = bench_:tenant;
      SELECT balance FROM accounts WHERE aid = :aid;
      COMMIT;
      """;

  /** A client of one tenant, which says so once, as its first statement. */
  private static final String OWN_SESSION =
      """
      \\if :began = 0
      \\set own %d + :client_id
      SET search_path = bench_:own;
      \\set began 1
      \\endif
      """
              .formatted(PoolingGround.FIRST_TENANT)
          + SELECT;

  /** The same behind a pooler that doesn't know of tenants. */
  private static final String OWN =
      """
      \\set own %d + :client_id
      \\set aid random(1, %d)
      BEGIN;
      SET LOCAL search_path = bench_:own;
      SELECT balance FROM accounts WHERE aid = :aid;
      COMMIT;
      """
          .formatted(PoolingGround.FIRST_TENANT, ACCOUNTS);

  /** Of a database that all tenants share: the name is qualified. */
  private static final String ONE =
      """
      \\set aid random(1, %d)
      SELECT balance FROM bench_100001.accounts WHERE aid = :aid;
      """
          .formatted(ACCOUNTS);

  private static final String WIDE = "SELECT filler FROM bench_100001.wide;\n";

  private static final List<Peer> BY_TCP = List.of(Peer.GATEWAY, Peer.BOUNCER, Peer.DIRECT);

  /** The script of one of the peers. */
  String script(Peer peer) {
    if (kind != Kind.TENANT_EACH) {
      return script;
    }
    return switch (peer.tenants()) {
      case BY_PATH -> script;
      case BY_DATABASE -> SELECT;
      case NOT_AT_ALL -> OWN;
    };
  }

  /** Whether each client needs a pgbench of its own: one process connects to one database. */
  boolean isProcessEach(Peer peer) {
    return kind == Kind.TENANT_EACH && peer.tenants() == Peer.Tenants.BY_DATABASE;
  }

  /**
   * All of them.
   *
   * @param fleets how many tenants there are in the loads that switch with each transaction
   */
  static List<PoolingRow> all(List<Integer> fleets) {
    List<PoolingRow> rows = new ArrayList<>();
    rows.add(
        new PoolingRow(
            "%d tenants, a client each".formatted(TENANTS),
            TENANTS,
            "simple",
            OWN_SESSION,
            TENANTS,
            Kind.TENANT_EACH,
            List.of(
                Peer.GATEWAY,
                Peer.BOUNCER_TRACKING,
                Peer.BOUNCER,
                Peer.BOUNCER_DATABASES,
                Peer.DIRECT),
            1.15,
            ANY));
    for (int fleet : fleets) {
      for (int clients : List.of(16, 64)) {
        rows.add(
            new PoolingRow(
                "%,d tenants, SET LOCAL, %d".formatted(fleet, clients),
                clients,
                "simple",
                SWITCH.formatted(fleet, ACCOUNTS),
                fleet,
                Kind.PLAIN,
                BY_TCP,
                1.15,
                ANY));
        rows.add(
            new PoolingRow(
                "%,d tenants, SET LOCAL, BEGIN deferred, %d".formatted(fleet, clients),
                clients,
                "simple",
                SWITCH.formatted(fleet, ACCOUNTS),
                fleet,
                Kind.PLAIN,
                List.of(Peer.GATEWAY_DEFERRED, Peer.BOUNCER, Peer.GATEWAY),
                1.15,
                ANY));
      }
    }
    for (int clients : List.of(1, 16, 64)) {
      rows.add(plain("simple", clients, BY_TCP, 0.97, 1.05));
      rows.add(plain("extended", clients, BY_TCP, 0.97, 1.05));
      rows.add(plain("prepared", clients, BY_TCP, clients == 1 ? 0.97 : 1.15, 0.95));
    }
    for (int clients : List.of(1, 16, 64)) {
      rows.add(
          new PoolingRow(
              "Unix sockets, " + clients,
              clients,
              "simple",
              ONE,
              1,
              Kind.PLAIN,
              List.of(
                  Peer.GATEWAY_UNIX,
                  Peer.BOUNCER_UNIX,
                  Peer.DIRECT_UNIX,
                  Peer.GATEWAY,
                  Peer.BOUNCER),
              0.97,
              1.05));
    }
    for (int clients : List.of(1, 16)) {
      rows.add(
          new PoolingRow(
              "1,000 rows, " + clients,
              clients,
              "simple",
              WIDE,
              1,
              Kind.PLAIN,
              BY_TCP,
              clients == 1 ? ANY : 1.7,
              ANY));
    }
    rows.add(connect("connect, trust, 4", Kind.CONNECT, ANY));
    rows.add(connect("connect, SCRAM, 4", Kind.CONNECT_SCRAM, 1.2));
    return rows;
  }

  private static PoolingRow plain(
      String protocol, int clients, List<Peer> peers, double throughput, double cpu) {
    return new PoolingRow(
        "%s, %d".formatted(protocol, clients),
        clients,
        protocol,
        ONE,
        1,
        Kind.PLAIN,
        peers,
        throughput,
        cpu);
  }

  private static PoolingRow connect(String name, Kind kind, double cpu) {
    return new PoolingRow(name, 4, "simple", ONE, 1, kind, BY_TCP, 1, cpu);
  }
}

package dev.tenantgate.gateway.benchmark;

import java.util.List;
import java.util.random.RandomGenerator;

/** How the transactions of the sweep name their tenant. */
enum ScaleLoad {
  /** Each transaction is of a tenant at random, which it names by SET LOCAL: four messages. */
  SET_LOCAL("SET LOCAL", Peer.BOUNCER) {
    @Override
    List<String> transaction(int tenants, RandomGenerator random) {
      int tenant = 1 + random.nextInt(tenants);
      return List.of(
          "BEGIN",
          "SET LOCAL search_path = " + PoolingGround.schema(tenant),
          read(random),
          "COMMIT");
    }
  },

  /** Each client is of the tenant that it began with, by the path in its startup packet. */
  OWN_PATH("own path", Peer.BOUNCER_TRACKING) {
    @Override
    List<String> transaction(int tenants, RandomGenerator random) {
      return List.of(read(random));
    }
  };

  private final String label;
  private final Peer other;

  ScaleLoad(String label, Peer other) {
    this.label = label;
    this.other = other;
  }

  /** As the table has it. */
  String label() {
    return label;
  }

  /** The PgBouncer that does the same work. */
  Peer other() {
    return other;
  }

  /** The texts of one transaction, each of which is sent behind the answer to the one before. */
  abstract List<String> transaction(int tenants, RandomGenerator random);

  private static String read(RandomGenerator random) {
    return "SELECT balance FROM accounts WHERE aid = " + (1 + random.nextInt(PoolingRow.ACCOUNTS));
  }
}

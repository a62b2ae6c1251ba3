package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;

/** The part of the table about reading where all tenants stand. Confined to one thread. */
final class ReadingPart {

  private final Ground ground;
  private final BenchmarkTable table;
  private final BenchmarkSizes sizes;

  ReadingPart(Ground ground, BenchmarkTable table, BenchmarkSizes sizes) {
    this.ground = ground;
    this.table = table;
    this.sizes = sizes;
  }

  private interface Reading {
    /** Returns how many tenants' state was read. */
    int read(Migrator migrator) throws Exception;
  }

  void run() throws Exception {
    ground.growTo(sizes.read());
    table.part("Reading the state of all tenants");
    read("from the registry", 0.3, migrator -> migrator.histories().registry().size());
    Changelog changelog = ground.changelog();
    read("from the histories", 3, migrator -> statuses(migrator, changelog));
  }

  private void read(String what, double targetSeconds, Reading reading) throws Exception {
    long postmaster = ground.server().postmaster();
    CpuTime before = CpuTime.now(postmaster);
    double seconds = seconds(reading);
    CpuTime used = CpuTime.now(postmaster).since(before);
    table.row(
        what,
        sizes.read(),
        seconds,
        used.perSchema((double) sizes.read() * (sizes.rounds() + 1)),
        table.below(seconds, targetSeconds, "s"));
  }

  private static int statuses(Migrator migrator, Changelog changelog) throws Exception {
    int current = 0;
    for (SchemaHistory history : migrator.histories().of(migrator.tenants().all())) {
      SchemaStatus status = SchemaStatus.of(history, changelog, new Target.Latest());
      if (!status.hasAllThatIsRequired()) {
        throw new IllegalStateException(status + " has been brought up to date");
      }
      current++;
    }
    return current;
  }

  /** The median of the rounds, each with connections of its own. */
  private double seconds(Reading reading) throws Exception {
    double[] seconds = new double[sizes.rounds()];
    for (int round = -1; round < seconds.length; round++) {
      long started = System.nanoTime();
      int read;
      try (Migrator migrator = Migrator.open(ground.settings())) {
        read = reading.read(migrator);
      }
      if (read != sizes.read()) {
        throw new IllegalStateException("the state of %d tenants was read".formatted(read));
      }
      if (round >= 0) {
        seconds[round] = (System.nanoTime() - started) / 1e9;
      }
    }
    return Rounds.median(seconds);
  }
}

package dev.tenantgate.gateway.benchmark;

import java.util.ArrayList;
import java.util.List;

/**
 * The part of the table about the distribution's commands, each a process of its own with the
 * launcher's flags: how long all of it takes, the start of the JVM included, and how much memory.
 * Confined to one thread.
 */
final class ProcessPart {

  private static final double MEGABYTE = 1 << 20;

  /** The bound that the process's memory is to stay below. */
  static final double MEMORY_TARGET_MEGABYTES = 256;

  private final Ground ground;
  private final BenchmarkTable table;

  ProcessPart(Ground ground, BenchmarkTable table) {
    this.ground = ground;
    this.table = table;
  }

  /** The command that applies the one migration that all tenants lack. */
  void migrate(int schemas) throws Exception {
    table.part("As a process of its own, from start to end");
    run("migrate tenants, one pending", schemas, "migrate", "tenants");
  }

  /** The commands on all tenants, which lack nothing. */
  void lookAtAll(int schemas) throws Exception {
    table.part("As a process of its own, on all tenants");
    run("migrate tenants, none pending", schemas, "migrate", "tenants");
    run("migrate status", schemas, "migrate", "status");
    run("migrate status, JSON", schemas, "migrate", "status", "--output", "json");
    run("tenant list", schemas, "tenant", "list");
  }

  private void run(String what, int schemas, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(words));
    command.addAll(List.of("--config", ground.config().toString()));
    long postmaster = ground.server().postmaster();
    CpuTime before = CpuTime.now(postmaster);
    CommandRun run =
        CommandRun.of(ground.server(), ground.folder(), command.toArray(String[]::new));
    table.row(
        what,
        schemas,
        run.elapsed().toNanos() / 1e9,
        CpuTime.now(postmaster).since(before).perSchema(schemas),
        memory(table, run.peakBytes()) + ofBackend(run));
  }

  private static String ofBackend(CommandRun run) {
    return run.peakBackendBytes() == 0
        ? ""
        : ", a backend of it grew to %.0f MB".formatted(run.peakBackendBytes() / MEGABYTE);
  }

  /** Says how much memory a process had at its peak. */
  static String memory(BenchmarkTable table, long bytes) {
    return bytes == 0
        ? "memory unknown: there is no /proc"
        : table.below(bytes / MEGABYTE, MEMORY_TARGET_MEGABYTES, "MB");
  }
}

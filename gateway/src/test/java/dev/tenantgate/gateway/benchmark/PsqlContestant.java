package dev.tenantgate.gateway.benchmark;

import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The bare SQL: as many psql processes as there are workers, each with a file of its share of the
 * schemas. No history, no lock, no record of anything.
 */
final class PsqlContestant implements Contestant {

  private final BenchmarkServer server;
  private final List<String> schemas;
  private final Path folder;
  private final int processes;

  PsqlContestant(BenchmarkServer server, List<String> schemas, Path folder, int processes) {
    this.server = server;
    this.schemas = List.copyOf(schemas);
    this.folder = folder;
    this.processes = processes;
  }

  /** Whether there is a psql on the path. */
  static boolean isInstalled() {
    try {
      Process process =
          new ProcessBuilder("psql", "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public String name() {
    return "psql, bare SQL";
  }

  @Override
  public int schemas() {
    return schemas.size();
  }

  @Override
  public void prepare(SmallMigration migration) throws Exception {
    for (int process = 0; process < processes; process++) {
      try (BufferedWriter file = Files.newBufferedWriter(script(process))) {
        for (int i = process; i < schemas.size(); i += processes) {
          file.write("BEGIN;\nSET LOCAL search_path = %s;\n".formatted(schemas.get(i)));
          file.write(migration.sql());
          file.write("COMMIT;\n");
        }
      }
    }
  }

  private Path script(int process) {
    return folder.resolve("psql-%d.sql".formatted(process));
  }

  @Override
  public Duration migrate(int expected) throws Exception {
    List<Path> scripts = new ArrayList<>();
    for (int process = 0; process < processes; process++) {
      scripts.add(script(process));
    }
    return run(server, folder, scripts);
  }

  /** Runs scripts, each by a psql of its own, all at once; the time until the last has ended. */
  static Duration run(BenchmarkServer server, Path folder, List<Path> scripts) throws Exception {
    long started = System.nanoTime();
    List<Process> running = new ArrayList<>();
    try {
      for (Path script : scripts) {
        running.add(start(server, folder, script));
      }
      for (Process process : running) {
        if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
          throw new IllegalStateException(
              "psql failed: " + Files.readString(folder.resolve("psql.err")));
        }
      }
    } finally {
      running.forEach(Process::destroyForcibly);
    }
    return Duration.ofNanos(System.nanoTime() - started);
  }

  private static Process start(BenchmarkServer server, Path folder, Path script)
      throws IOException {
    File errors = folder.resolve("psql.err").toFile();
    ProcessBuilder builder =
        new ProcessBuilder("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.appendTo(errors));
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("PGHOST", server.host());
    builder.environment().put("PGPORT", Integer.toString(server.port()));
    builder.environment().put("PGUSER", server.user());
    builder.environment().put("PGPASSWORD", server.password());
    builder.environment().put("PGDATABASE", server.database());
    return builder.start();
  }
}

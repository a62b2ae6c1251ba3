package dev.tenantgate.gateway.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PostgreSQL's own load generator, run against one pooler. Immutable.
 *
 * @param program the executable
 * @param folder for its scripts and what it prints
 */
record Pgbench(Path program, Path folder) {

  private static final Pattern PROCESSED = Pattern.compile("actually processed: (\\d+)");
  private static final Pattern LATENCY = Pattern.compile("latency average = ([\\d.]+) ms");
  private static final Pattern RATE = Pattern.compile("tps = ([\\d.]+)");
  private static final Pattern FAILED = Pattern.compile("failed transactions: ([1-9]\\d*)");
  private static final String NOTHING = "actually processed: 0\n";
  private static final long PATIENCE_SECONDS = 60;

  /**
   * What came of a load.
   *
   * @param transactions how many were processed
   * @param perSecond how many in a second, without the time that connecting took, unless each
   *     transaction connects
   * @param latencyMillis how long one took on average
   */
  record Result(long transactions, double perSecond, double latencyMillis) {

    /** Of two loads that ran at once. */
    Result plus(Result other) {
      long all = transactions + other.transactions;
      return new Result(
          all,
          perSecond + other.perSecond,
          (latencyMillis * transactions + other.latencyMillis * other.transactions)
              / Math.max(1, all));
    }
  }

  /** The pooler can't do this. */
  static final class LoadFailed extends Exception {
    private static final long serialVersionUID = 1L;

    LoadFailed(String message) {
      super(message);
    }
  }

  /**
   * Runs a load to its end: one process with all clients, or one for each client where each is of
   * another tenant.
   *
   * @throws LoadFailed if a transaction failed
   */
  Result run(Pooler pooler, PoolingRow row, int seconds)
      throws IOException, InterruptedException, LoadFailed {
    int processes = row.tenantEach() ? row.clients() : 1;
    Files.writeString(script(), row.script());
    List<Process> running = new ArrayList<>();
    try {
      for (int i = 0; i < processes; i++) {
        running.add(start(pooler, row, seconds, row.tenantEach() ? i + 1 : 1, i));
      }
      Result sum = new Result(0, 0, 0);
      for (int i = 0; i < processes; i++) {
        if (!running.get(i).waitFor(seconds + PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          throw new LoadFailed("pgbench doesn't end");
        }
        sum = sum.plus(result(i));
      }
      return sum;
    } finally {
      running.forEach(Process::destroyForcibly);
    }
  }

  private Process start(Pooler pooler, PoolingRow row, int seconds, int tenant, int number)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--no-vacuum",
                "--host=127.0.0.1",
                "--port=" + pooler.port(),
                "--username=" + pooler.user(),
                "--client=" + (row.tenantEach() ? 1 : row.clients()),
                "--time=" + seconds,
                "--protocol=" + row.protocol(),
                "--file=" + script()));
    if (row.connectEach()) {
      command.add("--connect");
    }
    command.add(pooler.database(tenant));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(out(number).toFile())
            .redirectError(errors(number).toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().putAll(Map.of("PGPASSWORD", pooler.password(), "PGSSLMODE", "disable"));
    builder.environment().putAll(pooler.environment(tenant));
    return builder.start();
  }

  private Path script() {
    return folder.resolve("script.sql");
  }

  private Path out(int number) {
    return folder.resolve("pgbench-%d.out".formatted(number));
  }

  private Path errors(int number) {
    return folder.resolve("pgbench-%d.err".formatted(number));
  }

  private Result result(int number) throws IOException, LoadFailed {
    String text = Files.readString(out(number));
    Matcher rate = RATE.matcher(text);
    Matcher latency = LATENCY.matcher(text);
    Matcher processed = PROCESSED.matcher(text);
    if (text.contains(NOTHING) && Files.size(errors(number)) == 0) {
      return new Result(0, 0, 0); // its turn never came
    }
    if (!rate.find() || !latency.find() || !processed.find() || FAILED.matcher(text).find()) {
      throw new LoadFailed(
          Files.readString(errors(number))
              .lines()
              .filter(line -> line.contains("error") || line.contains("FATAL"))
              .findFirst()
              .orElse("pgbench processed nothing"));
    }
    return new Result(
        Long.parseLong(processed.group(1)),
        Double.parseDouble(rate.group(1)),
        Double.parseDouble(latency.group(1)));
  }
}

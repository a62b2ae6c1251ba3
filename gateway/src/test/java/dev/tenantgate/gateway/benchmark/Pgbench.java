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
  private static final String PROGRESS = "progress:";

  /** Its line on one of the seconds that count, which are those from the third on. */
  private static final Pattern LATER =
      Pattern.compile("^progress: (?:[3-9]|\\d\\d+)\\.\\d s, ([\\d.]+) tps");

  private static final String NOTHING = "actually processed: 0\n";
  private static final long PATIENCE_SECONDS = 60;

  /**
   * The outcome of a load.
   *
   * @param transactions how many were processed
   * @param perSecond how many in a second, without the time that connecting took, unless each
   *     transaction connects
   * @param latencyMillis how long one took on average
   * @param laterPerSecond how many in a second, from the third second on
   */
  record Result(long transactions, double perSecond, double latencyMillis, double laterPerSecond) {

    static final Result NONE = new Result(0, 0, 0, 0);

    /** Of two loads that ran at once. */
    Result plus(Result other) {
      long all = transactions + other.transactions;
      return new Result(
          all,
          perSecond + other.perSecond,
          (latencyMillis * transactions + other.latencyMillis * other.transactions)
              / Math.max(1, all),
          laterPerSecond + other.laterPerSecond);
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
   * Runs a load to its end: one process with all clients, or one for each client where each has
   * another database.
   *
   * @throws LoadFailed if a transaction failed
   */
  Result run(Pooler pooler, PoolingRow row, int seconds)
      throws IOException, InterruptedException, LoadFailed {
    boolean processEach = row.isProcessEach(pooler.peer());
    int processes = processEach ? row.clients() : 1;
    Files.writeString(script(), row.script(pooler.peer()));
    List<Process> running = new ArrayList<>();
    try {
      for (int i = 0; i < processes; i++) {
        running.add(start(pooler, row, seconds, processEach ? i + 1 : 1, i));
      }
      Result sum = Result.NONE;
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
                "--host=" + pooler.host(),
                "--port=" + pooler.port(),
                "--username=" + pooler.user(),
                "--client=" + (row.isProcessEach(pooler.peer()) ? 1 : row.clients()),
                "--define=began=0",
                "--time=" + seconds,
                "--progress=1",
                "--protocol=" + row.protocol(),
                "--file=" + script()));
    if (row.kind() == PoolingRow.Kind.CONNECT || row.kind() == PoolingRow.Kind.CONNECT_SCRAM) {
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
    List<String> said = Files.readAllLines(errors(number));
    if (text.contains(NOTHING) && said.stream().allMatch(line -> line.startsWith(PROGRESS))) {
      return Result.NONE; // its turn never came
    }
    if (!rate.find() || !latency.find() || !processed.find() || FAILED.matcher(text).find()) {
      throw new LoadFailed(
          said.stream()
              .filter(line -> line.contains("error") || line.contains("FATAL"))
              .findFirst()
              .orElse("pgbench processed nothing"));
    }
    return new Result(
        Long.parseLong(processed.group(1)),
        Double.parseDouble(rate.group(1)),
        Double.parseDouble(latency.group(1)),
        said.stream()
            .map(LATER::matcher)
            .filter(Matcher::find)
            .mapToDouble(line -> Double.parseDouble(line.group(1)))
            .average()
            .orElse(0));
  }
}

package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.gateway.testing.Distribution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A command of the distribution, run as a process of its own with the launcher's flags. Immutable.
 *
 * @param elapsed from the start of the process to its end
 * @param peakBytes the most memory it had resident, of whatever kind; 0 where there is no /proc
 * @param peakBackendBytes the most private memory of one of its backends; 0 where that isn't known
 */
record CommandRun(Duration elapsed, long peakBytes, long peakBackendBytes) {

  private static final long SAMPLE_MILLIS = 10;
  private static final int SAMPLES_PER_LOOK_AT_BACKENDS = 10;

  /** Runs a command that has to succeed, to its end. */
  static CommandRun of(BenchmarkServer server, Path folder, String... words)
      throws IOException, SQLException, InterruptedException {
    Path output = folder.resolve("command.out");
    Path errors = folder.resolve("command.err");
    long started = System.nanoTime();
    Process process = start(output, errors, words);
    long peak = 0;
    long peakBackend = 0;
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      for (int sample = 0; !process.waitFor(SAMPLE_MILLIS, TimeUnit.MILLISECONDS); sample++) {
        // The kernel keeps the peak itself, so that nothing between two samples is missed.
        peak = Math.max(peak, memory(process.pid(), "VmHWM:"));
        if (sample % SAMPLES_PER_LOOK_AT_BACKENDS == 0) {
          for (long backend : server.migratorBackends(statement)) {
            peakBackend = Math.max(peakBackend, memory(backend, "RssAnon:"));
          }
        }
      }
    } finally {
      process.destroyForcibly();
    }
    Duration elapsed = Duration.ofNanos(System.nanoTime() - started);
    if (process.exitValue() != 0) {
      throw new IllegalStateException(
          "%s ended with %d: %s"
              .formatted(List.of(words), process.exitValue(), Files.readString(errors)));
    }
    return new CommandRun(elapsed, peak, peakBackend);
  }

  /** Starts a command; the caller ends it. */
  static Process start(Path output, Path errors, String... words) throws IOException {
    return Distribution.process(List.of(words))
        .redirectOutput(output.toFile())
        .redirectError(errors.toFile())
        .start();
  }

  /** One of the figures in /proc/PID/status, in bytes; 0 if it can't be read. */
  static long memory(long process, String figure) {
    Path status = Path.of("/proc", Long.toString(process), "status");
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith(figure))
          .map(line -> line.replaceAll("[^0-9]", ""))
          .mapToLong(kibibytes -> Long.parseLong(kibibytes) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException | java.io.UncheckedIOException e) {
      return 0;
    }
  }
}

package dev.tenantgate.gateway.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Processor time that was used so far, by the sides that do the asking and by the server. Unlike
 * the time on the clock it hardly depends on what else the machine does. Immutable.
 *
 * @param clientSeconds of this JVM and the processes that it started and that have ended
 * @param serverSeconds of the server and all of its processes
 */
record CpuTime(double clientSeconds, double serverSeconds) {

  /** Linux's unit in /proc, on every architecture that there is a JVM for. */
  private static final double TICKS_PER_SECOND = 100;

  static final CpuTime NONE = new CpuTime(0, 0);

  /**
   * The time until now.
   *
   * @param postmaster the server's first process; 0 if it isn't on this machine
   */
  static CpuTime now(long postmaster) {
    double client = ticks(ProcessHandle.current().pid(), true) / TICKS_PER_SECOND;
    double server = 0;
    if (postmaster > 0) {
      server = ticks(postmaster, true);
      List<Long> children =
          ProcessHandle.of(postmaster).stream()
              .flatMap(ProcessHandle::children)
              .map(ProcessHandle::pid)
              .toList();
      for (long child : children) {
        server += ticks(child, false);
      }
    }
    return new CpuTime(client, server / TICKS_PER_SECOND);
  }

  /**
   * Processor time that a process has used, in seconds.
   *
   * @param user in its own code
   * @param kernel in the kernel's, on its behalf
   */
  record Split(double user, double kernel) {

    static final Split NONE = new Split(0, 0);

    static Split ofProcess(long process) {
      return new Split(
          ticks(process, 11, 12) / TICKS_PER_SECOND, ticks(process, 12, 13) / TICKS_PER_SECOND);
    }

    Split since(Split earlier) {
      return new Split(user - earlier.user, kernel - earlier.kernel);
    }
  }

  CpuTime since(CpuTime earlier) {
    return new CpuTime(
        clientSeconds - earlier.clientSeconds, serverSeconds - earlier.serverSeconds);
  }

  CpuTime plus(CpuTime other) {
    return new CpuTime(clientSeconds + other.clientSeconds, serverSeconds + other.serverSeconds);
  }

  /** Processor time that the compilers of a Java process have used, in seconds; 0 of others. */
  static double compilerSeconds(long process) throws IOException {
    double ticks = 0;
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process), "task"))) {
      for (Path thread : threads.toList()) {
        if (name(thread).contains(" Compiler")) {
          ticks += ticks(thread, 11, 13);
        }
      }
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** The name of a thread; empty if it has ended. */
  private static String name(Path thread) {
    try {
      return Files.readString(thread.resolve("comm"));
    } catch (IOException e) {
      return "";
    }
  }

  /** The cost of each of so many schemas, in milliseconds at the client and at the server. */
  String perSchema(double schemas) {
    return "%.2f + %.2f".formatted(1000 * clientSeconds / schemas, 1000 * serverSeconds / schemas);
  }

  /** Ticks in user and in kernel mode; those of children count once they have ended. */
  private static long ticks(long process, boolean withChildren) {
    return ticks(process, 11, withChildren ? 15 : 13);
  }

  private static long ticks(long process, int from, int to) {
    return ticks(Path.of("/proc", Long.toString(process)), from, to);
  }

  /** The sum of some fields of a folder's stat, counted behind the command's name. */
  private static long ticks(Path folder, int from, int to) {
    try (Stream<String> lines = Files.lines(folder.resolve("stat"))) {
      String line = lines.findFirst().orElse("");
      // The command's name may have blanks in it; the fields behind it begin with the state.
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
      long ticks = 0;
      for (int field = from; field < to; field++) {
        ticks += Long.parseLong(fields[field]);
      }
      return ticks;
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }
}

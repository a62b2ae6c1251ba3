package dev.tenantgate.gateway.trial;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The resources that a process of the distribution takes up at a moment.
 *
 * @param heapBytes living objects
 * @param residentBytes of its memory, of whatever kind, in RAM
 * @param files open file descriptors
 */
record Footprint(long heapBytes, long residentBytes, int files) {

  private static final Pattern TOTAL = Pattern.compile("^Total +\\d+ +(\\d+)", Pattern.MULTILINE);

  /**
   * Measures a process, after a full garbage collection. Where there is no /proc, only its heap.
   */
  static Footprint of(long pid) throws IOException, InterruptedException {
    long heap = heap(pid);
    Path proc = Path.of("/proc", Long.toString(pid));
    return Files.isDirectory(proc)
        ? new Footprint(heap, resident(proc), files(pid))
        : new Footprint(heap, 0, 0);
  }

  /** How many files and sockets a process has open; 0 where there is no /proc. */
  static int files(long pid) throws IOException {
    Path folder = Path.of("/proc", Long.toString(pid), "fd");
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return (int) files.count();
    }
  }

  private static long heap(long pid) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                    Long.toString(pid),
                    "GC.class_histogram"))
            .redirectErrorStream(true)
            .start();
    String histogram = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    jcmd.waitFor();
    Matcher total = TOTAL.matcher(histogram);
    if (!total.find()) {
      throw new IllegalStateException("no histogram: " + histogram);
    }
    return Long.parseLong(total.group(1));
  }

  private static long resident(Path proc) throws IOException {
    try (Stream<String> lines = Files.lines(proc.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElse(0);
    }
  }

  /** The share of each of so many things that came between another moment and this one. */
  String perThingSince(Footprint before, int things) {
    return String.format(
        Locale.ROOT,
        "heap %.1f KiB, resident %.1f KiB, files %.2f",
        (heapBytes - before.heapBytes) / 1024.0 / things,
        (residentBytes - before.residentBytes) / 1024.0 / things,
        (files - before.files) / (double) things);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "heap %.1f MiB, resident %.1f MiB, files %d",
        heapBytes / 1048576.0,
        residentBytes / 1048576.0,
        files);
  }
}

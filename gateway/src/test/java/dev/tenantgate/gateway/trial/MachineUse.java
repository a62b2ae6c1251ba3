package dev.tenantgate.gateway.trial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The work of the machine's processors up to a moment, for all processes; Linux tells. A trial's
 * times are worth little where the processors were busy all the time. Immutable.
 *
 * @param busy ticks with something to do; 0 if nobody tells
 * @param all ticks
 */
record MachineUse(long busy, long all) {

  private static final Path STAT = Path.of("/proc/stat");

  static MachineUse now() {
    try {
      String[] ticks = Files.readString(STAT).lines().findFirst().orElse("").trim().split(" +", -1);
      long all = 0;
      for (int i = 1; i <= 8; i++) {
        all += Long.parseLong(ticks[i]);
      }
      return new MachineUse(all - Long.parseLong(ticks[4]) - Long.parseLong(ticks[5]), all);
    } catch (IOException | RuntimeException e) {
      return new MachineUse(0, 0);
    }
  }

  /** The share of time that they were busy since, in words. */
  String since(MachineUse before) {
    return all <= before.all
        ? "unknown"
        : "%.0f %%".formatted(100.0 * (busy - before.busy) / (all - before.all));
  }
}

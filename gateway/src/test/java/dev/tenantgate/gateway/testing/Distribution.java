package dev.tenantgate.gateway.testing;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The distribution, where the package phase has put it, and its commands as processes of their own.
 * Immutable.
 */
public final class Distribution {

  /** Its folder, seen from this module's. */
  public static final Path HOME = Path.of("target", "tenantgate").toAbsolutePath();

  /** The script that starts it. */
  public static final Path LAUNCHER = HOME.resolve("bin").resolve("tenantgate");

  /**
   * The options by which a JVM of tests compiles in one tier only. Its processes run for seconds,
   * too: the optimizing compiler would use more time than all of their code. Empty in a benchmark.
   */
  private static final String COMPILER =
      ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
          .filter(option -> option.startsWith("-XX:TieredStopAtLevel="))
          .collect(Collectors.joining(" "));

  private Distribution() {}

  /**
   * A command's process, to be started: with the Java of this JVM, and without the settings and
   * options that the environment may have.
   *
   * @param words the command and its options
   */
  public static ProcessBuilder process(List<String> words) {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("TENANTGATE_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    if (!COMPILER.isEmpty()) {
      builder.environment().put("TENANTGATE_JAVA_OPTS", COMPILER);
    }
    return builder;
  }
}

package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.Distribution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, on the distribution that the package phase made. */
class DistributionIT {

  private static final Path HOME = Distribution.HOME;
  private static final String JAVA_HOME = System.getProperty("java.home");

  @TempDir Path folder;

  private record Ended(int exitCode, String out, String err) {}

  private Ended run(Map<String, String> environment, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    return run(builder);
  }

  private Ended run(ProcessBuilder builder) throws Exception {
    Path out = folder.resolve("stdout");
    Path err = folder.resolve("stderr");
    Process process =
        builder
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      process.destroyForcibly();
    }
  }

  private static Map<String, String> withJavaHome(String home) {
    return Map.of("PATH", "/usr/bin:/bin", "JAVA_HOME", home);
  }

  @Test
  void itRunsThroughASymbolicLinkFromAnyFolder() throws Exception {
    Path link = folder.resolve("a link");
    Files.createSymbolicLink(link, Distribution.LAUNCHER);

    Ended ended = run(withJavaHome(JAVA_HOME), link.toString(), "--version");
    Files.delete(link);

    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).startsWith("tenantgate ").doesNotContain("development");
  }

  @Test
  void itRunsWhereItIsCopiedToWithoutAWord() throws Exception {
    Path copy = copyTo(folder.resolve("moved here"));

    Ended ended =
        run(
            Map.of(
                "PATH",
                "/usr/bin:/bin",
                "JAVA_HOME",
                JAVA_HOME,
                "TENANTGATE_JAVA_OPTS",
                "-Xmx100m  -XX:+UseParallelGC -Dstar=*"),
            copy.resolve("bin/tenantgate").toString(),
            "config",
            "print");

    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).contains("gate.hold-timeout");
  }

  @Test
  void itSaysWhichJavaItNeeds() throws Exception {
    Path old = folder.resolve("old");
    Files.createDirectories(old.resolve("bin"));
    Files.writeString(old.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
    Path java = Files.writeString(old.resolve("bin/java"), "#!/bin/sh\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    String launcher = Distribution.LAUNCHER.toString();

    Ended tooOld = run(withJavaHome(old.toString()), launcher, "--version");
    Ended none = run(withJavaHome(folder.toString()), launcher, "--version");

    assertThat(tooOld.exitCode()).isEqualTo(1);
    assertThat(tooOld.err())
        .isEqualToIgnoringNewLines(
            "tenantgate: needs Java 17 or newer; the one in JAVA_HOME (" + old + ") is 11.0.2");
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).startsWith("tenantgate: JAVA_HOME is " + folder).contains("17 or newer");
  }

  @Test
  void theDemoTellsItsStory() throws Exception {
    Ended ended =
        run(Distribution.process(List.of("demo", "--once", "--port=0", "--admin-port=0")));

    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).contains("57P03").doesNotContain("NOT what should have happened");
    assertThat(ended.exitCode()).isZero();
  }

  @Test
  void settingsErrorsAreLinesAndNoStackTrace() throws Exception {
    Files.writeString(folder.resolve("tenantgate.yaml"), "gate:\n  hold-timeout: -1 s\n");

    Ended ended = run(withJavaHome(JAVA_HOME), Distribution.LAUNCHER.toString(), "config", "check");

    assertThat(ended.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(ended.err().lines())
        .contains(
            "tenantgate: tenantgate.yaml:2: gate.hold-timeout: must be longer than 0 s, was -1 s");
    assertThat(ended.err()).doesNotContain("\tat ");
  }

  /** A copy without the demo's part, which is large. */
  private static Path copyTo(Path target) throws IOException {
    List<Path> files = new ArrayList<>();
    try (var walk = Files.walk(HOME)) {
      walk.filter(path -> !path.startsWith(HOME.resolve("lib/demo"))).forEach(files::add);
    }
    for (Path file : files) {
      Path copy = target.resolve(HOME.relativize(file).toString());
      if (Files.isDirectory(file)) {
        Files.createDirectories(copy);
      } else {
        Files.copy(file, copy);
        assertThat(copy.toFile().setExecutable(Files.isExecutable(file))).isTrue();
      }
    }
    return target;
  }
}

package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a process that meets an error of the virtual machine. */
class CrashTest {

  /** A command that waits for a worker which never comes to an end. */
  static final class Waiting {
    public static void main(String[] arguments) throws InterruptedException {
      Crash.isMet();
      if (arguments[0].equals("caught")) {
        System.exit(Crash.met(new OutOfMemoryError("Java heap space")));
      }
      new Thread(
              () -> {
                if (arguments[0].equals("memory")) {
                  List<byte[]> all = new ArrayList<>();
                  while (!all.contains(null)) {
                    all.add(new byte[1 << 20]);
                  }
                }
                throw new StackOverflowError();
              })
          .start();
      new CountDownLatch(1).await();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "stack", "caught"})
  void itsExitCodeIsOneInWhicheverThreadItHappens(String what) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Waiting.class.getName(),
                what)
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(ExitCode.FAILED);
    assertThat(said).contains("tenantgate: ended: java.lang.");
  }
}

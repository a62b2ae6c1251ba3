package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Options of {@code TENANTGATE_JAVA_OPTS} win over the launcher's own, as a real JVM reads them.
 */
class LauncherOptionsTest {

  private static final Pattern FLAG = Pattern.compile("(?m)^ *\\S+ (\\w+) += +(\\S+)");

  @TempDir Path home;

  /** A Java that shows its flags, and finds no class to run. */
  @BeforeEach
  void install() throws IOException {
    Path bin = Files.createDirectories(home.resolve("bin"));
    Files.createDirectories(home.resolve("lib"));
    Files.createFile(home.resolve("lib/tenantgate-gateway-1.jar"));
    Files.copy(Path.of("src/main/launcher/tenantgate"), bin.resolve("tenantgate"));
    Path java = Files.createDirectories(home.resolve("java/bin")).resolve("java");
    Path real = Path.of(System.getProperty("java.home"), "bin", "java");
    Files.writeString(java, "#!/bin/sh\nexec %s -XX:+PrintFlagsFinal \"$@\"\n".formatted(real));
    Files.copy(Path.of(System.getProperty("java.home"), "release"), home.resolve("java/release"));
    assertThat(java.toFile().setExecutable(true)).isTrue();
  }

  private Map<String, String> flags(String command, String own) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", home.resolve("bin/tenantgate").toString(), command);
    builder.environment().put("JAVA_HOME", home.resolve("java").toString());
    builder.environment().put("TENANTGATE_JAVA_OPTS", own);
    builder.environment().put("TENANTGATE_MEMORY", "1600m");
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, String> flags = new HashMap<>();
    Matcher flag = FLAG.matcher(out);
    while (flag.find()) {
      flags.put(flag.group(1), flag.group(2));
    }
    return flags;
  }

  @Test
  void launchersOwnAreInForceWithoutOthers() throws Exception {
    assertThat(flags("serve", ""))
        .containsEntry("MaxHeapSize", String.valueOf(640L << 20))
        .containsEntry("InitialHeapSize", String.valueOf(32L << 20))
        .containsEntry("UseSerialGC", "true")
        .containsEntry("ThreadStackSize", "512")
        .containsEntry("MetaspaceSize", String.valueOf(48L << 20))
        .containsEntry("MaxDirectMemorySize", String.valueOf(400L << 20));
  }

  @Test
  void sizesCollectorAndCompilerAreTheUsers() throws Exception {
    String own =
        "-Xmx700m -Xms64m -XX:+UseParallelGC -Xss1m -XX:MetaspaceSize=64m"
            + " -XX:TieredStopAtLevel=2 -XX:MaxDirectMemorySize=300m -Xshare:off";
    assertThat(flags("migrate", own))
        .containsEntry("MaxHeapSize", String.valueOf(700L << 20))
        .containsEntry("InitialHeapSize", String.valueOf(64L << 20))
        .containsEntry("UseParallelGC", "true")
        .containsEntry("UseSerialGC", "false")
        .containsEntry("ThreadStackSize", "1024")
        .containsEntry("MetaspaceSize", String.valueOf(64L << 20))
        .containsEntry("TieredStopAtLevel", "2")
        .containsEntry("MaxDirectMemorySize", String.valueOf(300L << 20))
        .containsEntry("UseSharedSpaces", "false");
  }

  /** An option with GC in its name is no collector; a share of the memory is a size. */
  @Test
  void sharesAreTheUsers() throws Exception {
    Map<String, String> flags =
        flags("serve", "-XX:InitialRAMPercentage=50 -XX:MaxHeapSize=300m -XX:+UseGCOverheadLimit");
    assertThat(flags)
        .containsEntry("UseSerialGC", "true")
        .containsEntry("MaxHeapSize", String.valueOf(300L << 20));
    assertThat(flags.get("InitialHeapSize")).isNotEqualTo(String.valueOf(32L << 20));
  }
}
